import { signal } from '@preact/signals'
import type { KeptFeatures } from '../kept-features.js'

/** Why a request was refused, in the server's words. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    /** Code of the error: `PQ_INVALID_FILTER`. */
    readonly code: string,
    message: string,
    /** The option that is wrong, or the argument with the path in it: `args.to[0]`; null: the server names none. */
    readonly names: string | null = null,
  ) {
    super(message)
  }

  /** Whether the server or its store does not answer, so that the same request may succeed later. */
  get isAway(): boolean {
    return this.status === 0 || this.status === 503
  }
}

/** What a request, or what was done with its answer, has thrown. */
export function requestErrorOf(thrown: unknown): RequestError {
  return thrown instanceof RequestError ? thrown : new RequestError(0, 'PAGE', String(thrown))
}

/** Who looks, and what they may do. */
export interface Session {
  readonly user: string
  readonly can: readonly string[]
  /** Whether all queues are seen. */
  readonly seesAll: boolean
  readonly readOnly: boolean
  /** What the store keeps beyond the tasks themselves. */
  readonly keeps: KeptFeatures
  /** Whether the server writes tasks to a file before it drops them. */
  readonly exportsDrops: boolean
  readonly title: string
  readonly environment: string | null
  readonly version: string
  readonly store: string
}

/** Null: not known yet; `'unknown'`: the server asks who this is. */
export const session = signal<Session | 'unknown' | null>(null)

/** Why the application lets the visitor not in, where it alone says who they are, and no form can help. Empty: they can log in. */
export const refusal = signal('')

/** Why it is not known who looks: the server or its store is away. Empty: nothing is wrong. */
export const openingTrouble = signal('')

/** Who looks; null: that is not known. */
function known(): Session | null {
  return session.value === 'unknown' ? null : session.value
}

export function may(act: string): boolean {
  return known()?.can.includes(act) === true
}

/** Whether the visitor sees all queues, so that what is empty here is empty. */
export function seesAll(): boolean {
  return known()?.seesAll === true
}

/** Whether the store keeps rates over time. */
export function keepsSeries(): boolean {
  return known()?.keeps.series === true
}

/** Whether the server writes tasks to a file before it drops them. */
export function exportsDrops(): boolean {
  return session.value !== null && session.value !== 'unknown' && session.value.exportsDrops
}

const API = 'api/v1/'

export async function get<T>(
  path: string,
  query: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<T> {
  const search = new URLSearchParams(query).toString()
  const response = await request(`${path}${search === '' ? '' : `?${search}`}`, signal ? { signal } : {})
  return (await response.json()) as T
}

/** The path of an answer, for a link. */
export function pathTo(path: string): string {
  return `${API}${path}`
}

/** The text of an answer, with all digits of its numbers. */
export async function getText(path: string): Promise<string> {
  return await (await request(path, {})).text()
}

export async function post<T>(path: string, body: unknown = {}, method = 'POST'): Promise<T> {
  const response = await request(path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await response.json()) as T
}

/** Reads an answer that comes line by line. */
export async function* lines<T>(path: string, options: RequestInit): AsyncGenerator<T> {
  const response = await request(path, options)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
    const parts = `${rest}${value ?? ''}`.split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) yield unlessFailed(JSON.parse(part) as T | Failure)
    if (done) return
  }
}

interface ErrorBody {
  readonly code: string
  readonly message: string
  readonly names?: string
  readonly hasLogin?: boolean
}

/** The last line of an answer whose rest does not come. */
interface Failure {
  readonly failed: ErrorBody
}

function unlessFailed<T>(line: T | Failure): T {
  if (typeof line === 'object' && line !== null && 'failed' in line) {
    throw new RequestError(500, line.failed.code, line.failed.message)
  }
  return line
}

async function request(path: string, options: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(`${API}${path}`, options)
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new RequestError(0, 'AWAY', 'The dashboard does not answer. It goes on by itself when it is back.')
  }
  if (response.ok) return response
  const body = (await response.json().catch(() => null)) as { error?: ErrorBody } | null
  const { code, message, names, hasLogin }: ErrorBody = body?.error ?? {
    code: 'HTTP',
    message: `The server answered ${String(response.status)}.`,
  }
  if (response.status === 401) {
    refusal.value = hasLogin === false ? message : ''
    session.value = 'unknown'
  }
  throw new RequestError(response.status, code, message, names ?? null)
}
