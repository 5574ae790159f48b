import type { Encoded } from '../../../util/encoded.js'

/** What a script takes. */
export type Argument = string | Buffer

/** Bytes as ioredis wants them: it would write any other array as its text. */
export function blob(value: Encoded): Argument {
  return typeof value === 'string' ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}
