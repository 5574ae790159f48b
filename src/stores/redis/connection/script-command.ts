import { Command } from 'ioredis'
import type { Bytes } from '../layout/bytes.js'
import { bufferOf, bytesOf } from '../layout/bytes.js'
import type { Script, ScriptCall } from '../scripts/script.js'

/** Parts of a call that are the same for many, by their keys. */
const heads = new WeakMap<Script, Map<string, Bytes>>()
/** Most parts to keep of one script. */
const MOST_HEADS = 1_000

/** A call of a script as ioredis sends it. ioredis would write each argument as UTF-8, one by one. */
export class ScriptCommand extends Command {
  readonly #bytes: Bytes

  /** @param how - `eval` sends the text of the script, `evalsha` its name only */
  constructor(how: 'eval' | 'evalsha', { script, keys, args }: ScriptCall, deadline: number) {
    super(how, [])
    let text = `*${String(4 + keys.length + args.length)}\r\n`
    text += how === 'eval' ? `$4\r\neval\r\n${written(bytesOf(script.source))}` : ''
    text += headOf(script, keys, how)
    text += written(String(deadline) as Bytes)
    for (const arg of args) text += written(arg)
    this.#bytes = text as Bytes
  }

  override toWritable(): Buffer {
    return bufferOf(this.#bytes)
  }
}

function headOf(script: Script, keys: readonly Bytes[], how: 'eval' | 'evalsha'): string {
  const known = heads.get(script) ?? new Map<string, Bytes>()
  heads.set(script, known)
  const name = keys.join('\n')
  let head = known.get(name)
  if (head === undefined) {
    head = (written(String(keys.length) as Bytes) + keys.map(written).join('')) as Bytes
    if (known.size >= MOST_HEADS) known.clear()
    known.set(name, head)
  }
  return how === 'eval' ? head : `$7\r\nevalsha\r\n${written(script.sha as Bytes)}${head}`
}

function written(bytes: Bytes): string {
  return `$${String(bytes.length)}\r\n${bytes}\r\n`
}
