import type { Encoded } from '../../../model/encoded.js'

/** An argument of a script. */
export type Argument = string | Buffer

/** Bytes as ioredis takes them: it writes any array that is no Buffer as its text. */
export function blob(value: Encoded): Argument {
  return typeof value === 'string' ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}
