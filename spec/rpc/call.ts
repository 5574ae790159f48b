import { fetch } from 'undici'
import type { Response } from 'undici'

/** A reply of JSON-RPC, as specs look at it. */
export interface Reply {
  readonly jsonrpc: '2.0'
  readonly id: string | number | null
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Record<string, unknown> }
}

export type Headers = Record<string, string>

/** Sends a body as it is. */
export async function post(url: string, body: string | Uint8Array, headers: Headers = {}): Promise<Response> {
  return await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
}

/** Calls one method. */
export async function call(url: string, method: string, params?: unknown, headers?: Headers): Promise<Reply> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  return (await (await post(url, body, headers)).json()) as Reply
}

/** Sends any JSON. */
export async function send(url: string, message: unknown): Promise<unknown> {
  return await (await post(url, JSON.stringify(message))).json()
}
