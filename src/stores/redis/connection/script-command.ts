import { Command } from 'ioredis'
import type { Bytes } from '../layout/bytes.js'
import { bulk } from '../layout/bulk.js'
import { bufferOf, bufferOfAll, bytesOf, inOnePiece } from '../layout/bytes.js'
import { timeText } from '../layout/time-text.js'
import type { Script, ScriptCall } from '../scripts/script.js'
import { isSameList } from '../../../util/same-list.js'

/** A part of a call that is the same for many: the script's name, and the keys. */
interface Head {
  readonly keys: readonly Bytes[]
  readonly bytes: Bytes
}

/** Those of each script, by its first key: that is one of a queue's. What follows it is nearly always the same, too. */
const heads = new WeakMap<Script, Map<string, Head[]>>()
/** Most first keys of one script, and most heads of one first key. */
const MOST_QUEUES = 1_000
const MOST_HEADS = 20

/** A call of a script as ioredis sends it. ioredis would write each argument as UTF-8, one by one. */
export class ScriptCommand extends Command {
  readonly #bytes: Bytes
  /** As of the {@link ScriptCall}. */
  readonly #more: readonly Bytes[] | null

  /** @param how - `eval` sends the text of the script, `evalsha` its name only */
  constructor(how: 'eval' | 'evalsha', { script, keys, count, args, more }: ScriptCall, deadline: number) {
    super(how, [])
    let text = `*${String(4 + keys.length + count)}\r\n`
    text += how === 'eval' ? `$4\r\neval\r\n${bulk(bytesOf(script.source))}${keysOf(keys)}` : headOf(script, keys)
    text += bulk(timeText(deadline))
    text += args
    this.#bytes = text as Bytes
    this.#more = more
  }

  override toWritable(): Buffer {
    return this.#more === null ? bufferOf(this.#bytes) : bufferOfAll([this.#bytes, ...this.#more])
  }
}

function headOf(script: Script, keys: readonly Bytes[]): Bytes {
  let ofScript = heads.get(script)
  if (ofScript === undefined) heads.set(script, (ofScript = new Map<string, Head[]>()))
  const first = keys[0] ?? ''
  let known = ofScript.get(first)
  if (known === undefined) {
    if (ofScript.size >= MOST_QUEUES) ofScript.clear()
    ofScript.set(first, (known = []))
  }
  // Key by key: joined, they would be one more text a call.
  for (const head of known) if (isSameList(head.keys, keys)) return head.bytes
  const bytes = inOnePiece(`$7\r\nevalsha\r\n${bulk(script.sha as Bytes)}${keysOf(keys)}`)
  if (known.length >= MOST_HEADS) known.length = 0
  known.push({ keys, bytes })
  return bytes
}

function keysOf(keys: readonly Bytes[]): string {
  return bulk(String(keys.length) as Bytes) + keys.map(bulk).join('')
}
