import * as policy from '../../policy.js'
import { PERMIT_KEYS, QUEUE_KEYS, SPACE_KEYS } from '../layout/keys.js'

/** A script, or a part that scripts include, with what its header declares. */
export interface ScriptFile {
  readonly includes: readonly string[]
  /** Flags of the shebang, which counts for verbs only. */
  readonly flags: string
  /** Those of the same verb at a server that refuses writes; '': it cannot do without. */
  readonly refusedFlags: string
  readonly keys: readonly { readonly name: string; readonly type: string }[]
  readonly args: readonly { readonly name: string; readonly isList: boolean }[]
  /** Numbers of `policy.ts`. */
  readonly policy: readonly string[]
  readonly code: string
}

const KEY_TYPES: Readonly<Record<string, string>> = { ...QUEUE_KEYS, ...PERMIT_KEYS, ...SPACE_KEYS }

/**
 * Reads the header of a script:
 *
 * ```lua
 * -- include: head, wake
 * -- flags: allow-oom
 * -- flags where writes are refused: no-writes
 * -- What the script does.
 * --
 * -- KEYS
 * --   workers   zset, kept: what it holds ("kept": it lives as long as the queue)
 * -- ARGV
 * --   worker    what it is, with its unit
 * --   ids...    a list, behind all other arguments
 * -- policy: CHUNK_TASKS
 * -- Reply: ...
 * ```
 *
 * @throws Error for a key or number that the code uses and the header does not declare, or the other way round
 */
export function parseScriptFile(path: string, text: string): ScriptFile {
  const lines = text.split('\n')
  const length = lines.findIndex((line) => !line.startsWith('--'))
  const header = length < 0 ? lines : lines.slice(0, length)
  const file: ScriptFile = {
    includes: listAfter(header, 'include'),
    flags: listAfter(header, 'flags').join(' '),
    refusedFlags: listAfter(header, 'flags where writes are refused').join(' '),
    keys: section(header, 'KEYS').map(([name, text]) => ({ name: name.replace(/(?::\d-\d|\.\.\.)$/, ''), type: text })),
    args: section(header, 'ARGV').map(([name]) => ({ name: name.replace('...', ''), isList: name.endsWith('...') })),
    policy: listAfter(header, 'policy'),
    code: text,
  }
  const faults = [...keyFaults(file), ...policyFaults(file)]
  if (faults.length > 0) throw new Error(`script ${path} ${faults.join('; ')}`)
  return file
}

/** `-- name: a, b` */
function listAfter(header: readonly string[], name: string): string[] {
  const line = header.find((each) => each.startsWith(`-- ${name}: `))
  return line === undefined ? [] : line.slice(name.length + 5).split(', ')
}

/** Entries of a section: lines that are indented by three, up to the first that is not. Deeper ones go on with a text. */
function section(header: readonly string[], title: string): [name: string, text: string][] {
  const start = header.indexOf(`-- ${title}`) + 1
  if (start === 0) return []
  const length = header.slice(start).findIndex((line) => !line.startsWith('--   '))
  return header
    .slice(start, length < 0 ? undefined : start + length)
    .map((line) => /^-- {3}(\S+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', text = '']) => [name, text])
}

function keyFaults({ keys, code }: ScriptFile): string[] {
  const used = constantsOf(code)
  const nameOf = new Map(Object.keys(KEY_TYPES).map((name) => [name.toUpperCase().replaceAll('-', '_'), name]))
  const declared = keys.map(({ name }) => name)
  const undeclared = [...used].map((word) => nameOf.get(word)).filter((name) => name !== undefined)
  return [
    ...(/\bKEYS\[/.test(withoutComments(code)) ? ['reads KEYS by number, and not by a name of its header'] : []),
    ...undeclared.filter((name) => !declared.includes(name)).map((name) => `uses the key ${name} without declaring it`),
    ...declared.filter((name) => !undeclared.includes(name)).map((name) => `declares the key ${name} without using it`),
    ...keys
      .filter(({ name, type }) => !new RegExp(`^${KEY_TYPES[name] ?? '(?!)'}s?[, ]`).test(type))
      .map(({ name }) => `declares the key ${name}, which is no ${keys.find((key) => key.name === name)?.type ?? ''}`),
  ]
}

function policyFaults({ policy: declared, code }: ScriptFile): string[] {
  const used = [...constantsOf(code)].filter((word) => word in policy)
  return [
    ...used.filter((name) => !declared.includes(name)).map((name) => `uses ${name} without declaring it`),
    ...declared.filter((name) => !used.includes(name)).map((name) => `declares ${name} without using it`),
  ]
}

/** Words in capitals, outside comments and texts. */
function constantsOf(code: string): Set<string> {
  return new Set(withoutComments(code).match(/\b[A-Z][A-Z_]+\b/g))
}

function withoutComments(code: string): string {
  return code.replace(/--.*$/gm, '').replace(/'[^'\n]*'/g, "''")
}
