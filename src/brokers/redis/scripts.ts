import { readFileSync } from 'node:fs'

/** One a verb, each in `scripts/` under its name. */
export const SCRIPT_NAMES = [
  'queue',
  'tick',
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
  'pause',
  'size',
] as const

export type ScriptName = (typeof SCRIPT_NAMES)[number]

/** What a server that is out of memory may still do: all that lets it drain. */
const FLAGS: Partial<Record<ScriptName, string>> = { queue: '', tick: '' }

/** Scripts that end in another one. */
const FOLLOWED_BY: Partial<Record<ScriptName, ScriptName>> = { tick: 'queue' }

/** The source of a script, as the server gets it. */
export function scriptSource(name: ScriptName): string {
  const read = (file: string): string => readFileSync(new URL(`./scripts/${file}.lua`, import.meta.url), 'utf8')
  const flags = FLAGS[name] ?? ' flags=allow-oom'
  const next = FOLLOWED_BY[name]
  return `#!lua${flags}\n${read('prelude')}\n${read(name)}${next === undefined ? '' : `\n${read(next)}`}`
}
