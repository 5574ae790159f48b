import type { ComponentChildren, JSX } from 'preact'
import { absolute, count, duration } from '../format.js'
import { now } from '../now.js'
import type { RequestError } from '../api.js'
import { hrefOf } from '../route.js'

/** How long ago something was, with the absolute time in its title. */
export function Ago({ at }: { readonly at: number | null }): JSX.Element {
  if (at === null) return <span class="dim">–</span>
  const ago = now.value - at
  return (
    <time dateTime={new Date(at).toISOString()} title={absolute(at)}>
      {ago < 0 ? `in ${duration(-ago)}` : `${duration(ago)} ago`}
    </time>
  )
}

/** An absolute time. */
export function At({ at }: { readonly at: number | null }): JSX.Element {
  if (at === null) return <span class="dim">–</span>
  return <time dateTime={new Date(at).toISOString()}>{absolute(at)}</time>
}

export function Length({ ms }: { readonly ms: number | null }): JSX.Element {
  return ms === null ? <span class="dim">–</span> : <span title={`${count(ms)} ms`}>{duration(ms)}</span>
}

const SIGNS: Readonly<Record<string, string>> = {
  ready: '●',
  delayed: '◷',
  held: '▶',
  failed: '✕',
  done: '✓',
  ok: '✓',
  info: 'i',
  warning: '!',
  fault: '✕',
  unknown: '?',
  alive: '●',
  lost: '✕',
  quiet: '❚❚',
}

/** A state as a sign and a word: colour alone tells nothing. */
export function State({ of, children }: { readonly of: string; readonly children?: ComponentChildren }): JSX.Element {
  return (
    <span class={`state state-${of}`}>
      <span aria-hidden="true">{SIGNS[of] ?? '·'}</span> {children ?? PLACES[of] ?? of}
    </span>
  )
}

const PLACES: Readonly<Record<string, string>> = {
  ready: 'ready',
  delayed: 'delayed',
  held: 'running',
  failed: 'failed',
  done: 'done',
}

export function QueueLink({ name }: { readonly name: string }): JSX.Element {
  return <a href={hrefOf(['queues', name])}>{name}</a>
}

export function TaskLink({ id }: { readonly id: string }): JSX.Element {
  return (
    <a href={hrefOf(['tasks', id])} class="id">
      {id}
    </a>
  )
}

/** What went wrong, and what can be done. */
export function Trouble({
  error,
  retry,
}: {
  readonly error: RequestError | null
  readonly retry?: () => void
}): JSX.Element | null {
  if (error === null) return null
  return (
    <div class="trouble" role="alert">
      <strong>{error.message}</strong> {error.code !== 'HTTP' && <code>{error.code}</code>}
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** One number with its name. */
export function Figure({
  name,
  children,
  href,
}: {
  readonly name: string
  readonly children: ComponentChildren
  readonly href?: string
}): JSX.Element {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>{href === undefined ? children : <a href={href}>{children}</a>}</dd>
    </div>
  )
}

/** A page's heading, and what can be done with it. */
export function Heading({
  title,
  children,
}: {
  readonly title: ComponentChildren
  readonly children?: ComponentChildren
}): JSX.Element {
  return (
    <header class="heading">
      <h1 tabIndex={-1}>{title}</h1>
      <div class="actions">{children}</div>
    </header>
  )
}

export function Nothing({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <p class="nothing">{children}</p>
}
