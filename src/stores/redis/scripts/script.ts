import { readFileSync } from 'node:fs'

/** One a verb, each a file of that name beside its verb. */
export const SCRIPT_NAMES = [
  'queue',
  'tick',
  'ticks',
  'join',
  'renew',
  'leave',
  'settle',
  'progress',
  'reclaim',
  'fail',
  'revoke',
  'get',
  'flush',
  'promote',
  'pause',
  'size',
  'lock-acquire',
  'lock-release',
  'lock-renew',
] as const

export type ScriptName = (typeof SCRIPT_NAMES)[number]

/** What a server that is out of memory may still do: all that lets it drain. */
const FLAGS: Partial<Record<ScriptName, string>> = { queue: '', tick: '' }

/** What stands before a script, where it is not `prelude.lua`. */
const BEFORE: Partial<Record<ScriptName, readonly string[]>> = {
  'lock-acquire': ['lock-head'],
  'lock-release': ['lock-head'],
  'lock-renew': [],
}

/** What a script ends in. */
const AFTER: Partial<Record<ScriptName, readonly string[]>> = { tick: ['queue'] }

/** The source of a script, as the server gets it. */
export function scriptSource(name: ScriptName): string {
  const read = (file: string): string => readFileSync(new URL(`${pathOf(file)}.lua`, import.meta.url), 'utf8')
  const flags = FLAGS[name] ?? ' flags=allow-oom'
  const parts = [...(BEFORE[name] ?? ['prelude']), name, ...(AFTER[name] ?? [])]
  return [`#!lua${flags}`, ...parts.map(read)].join('\n')
}

function pathOf(file: string): string {
  if (file === 'prelude' || file === 'lock-head') return `./${file}`
  if (file === 'ticks') return '../queue/last-ticks'
  return file.startsWith('lock-') ? `../locks/${file.slice(5)}` : `../queue/${file}`
}
