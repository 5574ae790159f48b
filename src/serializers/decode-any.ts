import { isAscii } from 'node:buffer'
import { Unpackr } from 'msgpackr/unpack'
import { DeserializationError } from '../errors.js'
import type { Encoded } from '../model/encoded.js'
import { toBuffer, toBytes } from '../model/encoded.js'
import { importFromPackage } from '../util/package-files.js'
import { errorMessage } from '../util/thrown.js'
import { refuseRecords } from './refuse-records.js'
import { untagged } from './tagged-json.js'

const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const DOLLAR = 0x24
const TAG = '{"$'

/**
 * Reads a value that either of the package's serializers wrote. The first byte tells the format: JSON objects and lists start
 * with a bracket, those of MessagePack do not.
 *
 * @throws {@link DeserializationError} for bytes in neither format
 */
export function decodeAny(encoded: Encoded): unknown {
  // Not destructured: that would make an iterator.
  const first = typeof encoded === 'string' ? encoded.charCodeAt(0) : encoded[0]
  try {
    if (first === OPEN_BRACE || first === OPEN_BRACKET) return decodeJson(encoded)
    return decodeMsgpack(toBytes(encoded))
  } catch (error) {
    if (error instanceof DeserializationError) throw error
    throw new DeserializationError(
      `expected what a serializer wrote, got ${String(encoded.length)} other bytes: ${errorMessage(error)}`,
      { cause: error },
    )
  }
}

function decodeMsgpack(bytes: Uint8Array): unknown {
  refuseRecords(bytes)
  const value: unknown = (reader ??= makeReader()).unpack(bytes)
  if (typeof value !== 'object' || value === null) throw new Error('neither an object nor a list')
  return bytes.includes(DOLLAR) ? untagged(value) : value
}

function decodeJson(encoded: Encoded): unknown {
  const json = typeof encoded === 'string' ? encoded : textOf(encoded)
  const value: unknown = JSON.parse(json)
  return json.includes(TAG) ? untagged(value) : value
}

function textOf(bytes: Uint8Array): string {
  return isAscii(bytes) ? toBuffer(bytes).toString('latin1') : text.decode(bytes)
}

/** Standard MessagePack: maps become objects. The extensions of msgpackr, such as records and shared structures, are not written. */
export const MSGPACK_OPTIONS = { useRecords: false, mapsAsObjects: true, variableMapSize: true } as const

/** Made on first use: most applications only use JSON. */
let reader: Unpackr | null = null

/** The package `msgpackr` gives the readers of its part `unpack` native code, which reads objects with many texts faster. */
function makeReader(): Unpackr {
  // Not waited for, and not missed: it is optional there, too.
  void importFromPackage('msgpackr').catch(() => undefined)
  return new Unpackr(MSGPACK_OPTIONS)
}
