import { InvalidOptionError } from '../errors.js'
import type { Encoded } from '../model/encoded.js'
import { PAYLOAD_LIMIT } from './policy.js'

/** Refuses payloads that are too large to publish. @throws {@link InvalidOptionError} */
export function checkPayloads(payloads: readonly Encoded[]): void {
  const size = Math.max(0, ...payloads.map((payload) => Buffer.byteLength(payload)))
  if (size <= PAYLOAD_LIMIT) return
  throw new InvalidOptionError(
    'message',
    `at most ${String(PAYLOAD_LIMIT)} bytes when it is serialized`,
    `${String(size)} bytes`,
    'store what is large elsewhere, and publish where it is',
  )
}
