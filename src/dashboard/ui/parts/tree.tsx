import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'
import { getText, pathTo } from '../api.js'
import { count } from '../format.js'

/** Members of an object or a list that are shown at once. */
const MOST = 100

/** A payload of which the page has the beginning. */
export interface CutPayload {
  /** Of all of it, characters. */
  readonly length: number
  /** Where the server has all of it. */
  readonly path: string
}

/**
 * A value of a task, opened level by level. It becomes text only, whatever it holds. Numbers come as text, since a double would
 * change long ones.
 */
export function Payload({
  name,
  text,
  cut,
}: {
  /** Name of its file, without an ending. */
  readonly name: string
  readonly text: string | null
  /** Null: the text is all of it. */
  readonly cut: CutPayload | null
}): JSX.Element {
  const isRaw = useSignal(false)
  const trouble = useSignal('')
  if (text === null) return <p class="dim">none</p>
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(cut === null ? text : await getText(cut.path))
      trouble.value = ''
    } catch (error) {
      trouble.value = `It could not be copied: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  return (
    <div class="payload">
      <div class="payload-actions">
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
        <button type="button" onClick={() => download(name, text, cut)}>
          Download
        </button>
        {cut === null && (
          <button
            type="button"
            aria-pressed={isRaw.value}
            onClick={() => {
              isRaw.value = !isRaw.value
            }}
          >
            Raw
          </button>
        )}
      </div>
      {trouble.value !== '' && (
        <p class="error-text" role="alert">
          {trouble.value}
        </p>
      )}
      {cut !== null || isRaw.value ? (
        <pre tabIndex={0}>{cut === null ? text : `${text} … ${count(cut.length)} characters in all`}</pre>
      ) : (
        <div class="tree">
          <Node value={parse(text)} isOpen />
        </div>
      )}
    </div>
  )
}

function download(name: string, text: string, cut: CutPayload | null): void {
  const link = document.createElement('a')
  const made = cut === null ? URL.createObjectURL(new Blob([text], { type: 'application/json' })) : null
  link.href = made ?? pathTo(cut?.path ?? '')
  link.download = `${name}.json`
  link.click()
  setTimeout(() => {
    if (made !== null) URL.revokeObjectURL(made)
  }, 1_000)
}

/** A number as it was written. */
class Digits {
  constructor(readonly text: string) {}
}

/** JSON whose numbers keep their digits. A text that is no JSON is shown as it is. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text, function (_key, value: unknown, context?: { readonly source?: string }) {
      return typeof value === 'number' && context?.source !== undefined ? new Digits(context.source) : value
    } as (key: string, value: unknown) => unknown)
  } catch {
    return text
  }
}

function Node({ value, isOpen = false }: { readonly value: unknown; readonly isOpen?: boolean }): JSX.Element {
  const opened = useSignal(isOpen)
  const shown = useSignal(MOST)
  if (value instanceof Digits) return <span class="json-number">{value.text}</span>
  if (typeof value === 'string') return <span class="json-string">{JSON.stringify(value)}</span>
  if (typeof value !== 'object' || value === null) return <span class="json-word">{String(value)}</span>
  const isList = Array.isArray(value)
  const members: [string, unknown][] = Object.entries(value)
  const [open, close] = isList ? ['[', ']'] : ['{', '}']
  if (members.length === 0) return <span>{open + close}</span>
  if (!opened.value) {
    return (
      <button type="button" class="fold" aria-expanded={false} onClick={() => (opened.value = true)}>
        {open} {members.length} {isList ? 'items' : 'members'} {close}
      </button>
    )
  }
  return (
    <span>
      <button type="button" class="fold" aria-expanded onClick={() => (opened.value = false)}>
        {open}
      </button>
      <ul>
        {members.slice(0, shown.value).map(([key, member]) => (
          <li key={key}>
            {!isList && <span class="json-key">{key}: </span>}
            <Node value={member} isOpen={members.length <= 20 && isOpen} />
          </li>
        ))}
        {members.length > shown.value && (
          <li>
            <button type="button" class="fold" onClick={() => (shown.value += MOST)}>
              … {members.length - shown.value} more
            </button>
          </li>
        )}
      </ul>
      {close}
    </span>
  )
}
