import { isSameList } from '../../../util/same-list.js'
import * as policy from '../../policy.js'
import { createHash } from 'node:crypto'
import type { Bytes } from '../layout/bytes.js'
import { bytesOf, inOnePiece } from '../layout/bytes.js'
import { bulk, lengthLine } from '../layout/bulk.js'
import type { TaggedKeys } from '../layout/keys.js'
import { PRIORITIES } from '../layout/keys.js'
import { readScript } from './read-script.js'
import { scriptFile } from './script-files.js'
import type { ScriptFile } from './script-file.js'

/** Path of a verb's script below `stores/redis`, without its extension. */
export type ScriptName = `queue/${string}` | `locks/${string}` | `operations/${string}`

/** Single arguments by their names in a script's header, in camelCase. */
export type ScriptArguments = Readonly<Record<string, Bytes | number>>

/** An argument of a list: whole, or in parts where it is long and would have to be put together first. */
export type ListItem = Bytes | readonly Bytes[]

/** The input of a script, by the names in its header. */
export interface ScriptInput {
  /** Single arguments by their names in the script's header, in camelCase. */
  readonly args?: ScriptArguments
  /** The list of arguments that ends in `...` in the header. */
  readonly list?: readonly ListItem[]
  /** Keys that depend on the call: `line`, `operation`, and those that end in `...` in the header. */
  readonly keys?: readonly Bytes[]
  /** As of the {@link ScriptCall}. */
  readonly check?: () => void
}

/** A script with KEYS and ARGV of one call, without its deadline: the first argument of every script. */
export interface ScriptCall {
  readonly script: Script
  readonly keys: readonly Bytes[]
  /** Number of the arguments. */
  readonly count: number
  /** The arguments as the command carries them. */
  readonly args: Bytes
  /** What follows them where some are long, in pieces: a long one would be copied once more if it were joined to others. Null: none is. */
  readonly more: readonly Bytes[] | null
  /** Called before each copy is sent, when the server is known. What it throws ends the call. */
  readonly check?: (() => void) | undefined
}

/** Bytes of a call, near enough. */
export function sizeOf({ keys, args, more }: ScriptCall): number {
  let size = args.length
  if (more !== null) for (const piece of more) size += piece.length
  for (const key of keys) size += key.length
  return size
}

/** An argument that a caller gives, behind those that all calls of a queue have. */
interface Given {
  readonly before: string
  readonly name: string
}

/** The arguments of the calls of one queue: what differs, and what is the same for all of them and written once. */
interface Plan {
  readonly given: readonly Given[]
  readonly last: string
}

/** The keys of one queue that all calls of a script have, and those of its last call: the next one mostly has the same. */
interface FixedKeys {
  readonly keys: readonly Bytes[]
  /** Those that the last call named itself. */
  last: readonly Bytes[]
  /** All of them. */
  together: readonly Bytes[]
}

const NO_KEYS: readonly Bytes[] = []

/** Keys that a verb names itself, since they depend on its arguments. They come last, in this order. */
const CALL_KEYS = ['operation', 'line', 'slot', 'series']

/** Those of them that are lists, with the name of their number. A script has one of them at most: nothing tells where it ends. */
const LISTS: Readonly<Record<string, string>> = { slot: 'SLOTS', series: 'SERIES_COUNT' }

const scripts = new Map<string, Script>()

/** A verb's script: its own file and the files that it includes, with names for KEYS and ARGV. */
export class Script {
  /** The text that the server gets. */
  readonly source: string
  /** The name by which the server knows it. */
  readonly sha: string
  readonly #keys: readonly string[]
  readonly #args: readonly string[]
  /** Names of the arguments behind the deadline, as a caller gives them. */
  readonly #given: readonly string[]
  readonly #fixed = new WeakMap<TaggedKeys, FixedKeys>()
  /** By the arguments that all calls of a queue have. */
  readonly #plans = new WeakMap<ScriptArguments, Plan>()
  /** Whether {@link Script.withoutWrites} is another script. */
  readonly canOnlyRead: boolean
  #withoutWrites: Script | null = null

  private constructor(
    readonly name: string,
    private readonly files: readonly ScriptFile[],
    flags = files.at(-1)?.flags ?? '',
  ) {
    const refusedFlags = files.at(-1)?.refusedFlags ?? ''
    this.canOnlyRead = refusedFlags !== '' && flags !== refusedFlags
    const declared = new Map(files.flatMap((file) => file.keys).map((key) => [key.name, key]))
    // Keys whose number depends on the call come last.
    this.#keys = [...declared.keys()].sort((a, b) => CALL_KEYS.indexOf(a) - CALL_KEYS.indexOf(b))
    const args = new Map(files.flatMap((file) => file.args).map((arg) => [arg.name, arg.isList]))
    this.#args = [...args].filter(([, isList]) => !isList).map(([name]) => name)
    if (this.#args[0] !== 'deadline') throw new Error(`script ${name} does not check its deadline first: include time`)
    this.#given = this.#args.slice(1).map(camelCase)
    const lists = [...args].filter(([, isList]) => isList).map(([name]) => name)
    this.source = [
      `#!lua${flags === '' ? '' : ` flags=${flags}`}`,
      ...this.#keyLines(),
      ...this.#args.map((arg, i) => `local ${arg} = ARGV[${String(i + 1)}]`),
      ...lists.map((list) => `local ${constant(list)} = ${String(this.#args.length + 1)}`),
      ...policyLines(files),
      ...files.map((file) => file.code),
    ].join('\n')
    this.sha = createHash('sha1').update(this.source).digest('hex')
  }

  /** A script by its name. Put together once in a process, when it is first used. */
  static named(name: ScriptName): Script {
    let script = scripts.get(name)
    if (!script) {
      script = new Script(name, readScript(name, scriptFile))
      scripts.set(name, script)
    }
    return script
  }

  /**
   * The same without the right to write, for a server that refuses each script that might. Not the only form of a script that only reads: a
   * server that has become a replica would answer that, and nobody would look for the new master.
   */
  get withoutWrites(): Script {
    if (!this.canOnlyRead) return this
    return (this.#withoutWrites ??= new Script(this.name, this.files, this.files.at(-1)?.refusedFlags))
  }

  /**
   * Puts the keys and arguments of one call in order, but for the deadline, which the connection sets for each copy.
   *
   * @param common - arguments that all calls of a queue have, always the same object. A call gives none of them
   */
  call(keys: TaggedKeys, common: ScriptArguments, { args = {}, list, keys: callKeys, check }: ScriptInput): ScriptCall {
    const { given, last } = this.#planOf(common)
    let written = ''
    for (const { before, name } of given) {
      const value = args[name]
      if (value === undefined) throw new Error(`script ${this.name} needs the argument ${name}`)
      written += before
      written += bulk(bytesOfArgument(value))
    }
    written += last
    let more: Bytes[] | null = null
    if (list !== undefined) {
      for (const item of list) {
        if (more === null && isShort(item)) written += bulk(item)
        else addItem(item, (more ??= []))
      }
    }
    const fixed = this.#fixedKeys(keys)
    return {
      script: this,
      keys: callKeys === undefined || callKeys.length === 0 ? fixed.keys : withCallKeys(fixed, callKeys),
      count: this.#given.length + (list?.length ?? 0),
      args: written as Bytes,
      more,
      check,
    }
  }

  #planOf(common: ScriptArguments): Plan {
    let plan = this.#plans.get(common)
    if (!plan) {
      plan = planOf(this.#given, common)
      this.#plans.set(common, plan)
    }
    return plan
  }

  #fixedKeys(keys: TaggedKeys): FixedKeys {
    let fixed = this.#fixed.get(keys)
    if (!fixed) {
      const names = this.#keys.filter((name) => !CALL_KEYS.includes(name))
      const all = names.flatMap((name) => (name === 'ready' ? readyKeys(keys) : keys.key(name)))
      fixed = { keys: all, last: NO_KEYS, together: all }
      this.#fixed.set(keys, fixed)
    }
    return fixed
  }

  /** One local for each key; a function for each list of keys. */
  #keyLines(): string[] {
    let position = 1
    return this.#keys.map((name) => {
      const first = position
      position += name === 'ready' ? PRIORITIES : 1
      if (name === 'ready') return `local function READY(priority) return KEYS[${String(first)} + priority] end`
      const count = LISTS[name]
      if (count !== undefined) {
        const before = String(first - 1)
        return `local ${count} = #KEYS - ${before}\nlocal function ${constant(name)}(number) return KEYS[${before} + number] end`
      }
      return `local ${constant(name)} = KEYS[${String(first)}]`
    })
  }
}

/** All keys of a call. A call with the keys of the last one gets the same list, so that it costs nothing to tell. */
function withCallKeys(fixed: FixedKeys, callKeys: readonly Bytes[]): readonly Bytes[] {
  if (!isSameList(fixed.last, callKeys)) {
    fixed.last = callKeys
    fixed.together = [...fixed.keys, ...callKeys]
  }
  return fixed.together
}

function planOf(names: readonly string[], common: ScriptArguments): Plan {
  const given: Given[] = []
  let before = ''
  for (const name of names) {
    const value = common[name]
    if (value === undefined) {
      given.push({ before: inOnePiece(before), name })
      before = ''
    } else before += bulk(bytesOfArgument(value))
  }
  return { given, last: inOnePiece(before) }
}

/** Whether an argument is joined to others. */
function isShort(item: ListItem): item is Bytes {
  return typeof item === 'string' && item.length < policy.APART_BYTES
}

/** Adds an argument to the pieces, of which the last one is open to the next short ones. */
function addItem(item: ListItem, pieces: Bytes[]): void {
  const open = pieces.pop() ?? ''
  if (isShort(item)) {
    pieces.push((open + bulk(item)) as Bytes)
    return
  }
  const parts = typeof item === 'string' ? [item] : item
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  pieces.push(`${open}${lengthLine(length)}` as Bytes, ...parts, '\r\n' as Bytes)
}

function bytesOfArgument(value: Bytes | number): Bytes {
  return typeof value === 'number' ? bytesOf(String(value)) : value
}

function policyLines(files: readonly ScriptFile[]): string[] {
  const names = new Set(files.flatMap((file) => file.policy))
  return [...names].map((name) => `local ${name} = ${String(policy[name as keyof typeof policy])}`)
}

function readyKeys(keys: TaggedKeys): Bytes[] {
  return Array.from({ length: PRIORITIES }, (_, priority) => keys.ready(priority))
}

function constant(name: string): string {
  return name.toUpperCase().replaceAll('-', '_')
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}
