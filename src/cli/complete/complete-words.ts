import type { Command } from 'commander'
import { flagOf } from '../../settings/setting.js'
import { NAMED_SETTINGS } from '../../settings/settings.js'
import type { Candidate, Candidates } from './candidate.js'
import { completeFilter } from './complete-filter.js'
import { KnownNames } from './known-names.js'
import type { TypedCommand } from './typed-command.js'
import { readTyped } from './typed-command.js'

const PRIORITIES = Array.from({ length: 10 }, (_, priority) => String(priority))

/** What options take that are no settings, and name no choices themselves. */
const OPTION_VALUES: Readonly<Record<string, 'queues' | 'files' | readonly string[]>> = {
  '--empty': 'queues',
  '--export': 'files',
  '--jobs': 'files',
  '--out': 'files',
  '--priority': PRIORITIES,
  '--project': 'files',
  '--queue': 'queues',
  '--to': 'queues',
}
const OF_PLACEHOLDERS: Readonly<Record<string, 'files'>> = { '<file>': 'files', '<globs>': 'files' }

/** What settings take, by their flags. */
const SETTING_VALUES: ReadonlyMap<string, 'queues' | 'files' | readonly string[]> = new Map(
  NAMED_SETTINGS.map(({ name, kind }) => [
    flagOf(name),
    kind.choices ?? OF_PLACEHOLDERS[kind.placeholder ?? ''] ?? (/queue/i.test(name) ? 'queues' : []),
  ]),
)

/** Commands whose words are names of queues, or terms of a filter. */
const QUEUES: ReadonlySet<string> = new Set(['ls', 'pause', 'resume'])
/** Commands whose first word is an act, and whose others name what it is done to. */
const NAMED: Readonly<Record<string, (names: KnownNames) => Promise<Candidate[]>>> = {
  workers: async (names) => await names.workers(),
  problems: async (names) => await names.problems(),
  schedules: async (names) => await names.schedules(),
}
const FILTERS: ReadonlySet<string> = new Set([
  ...['find', 'retry', 'revoke', 'run-now', 'move', 'prioritize', 'drop', 'export'],
])

/**
 * What the last word of a command line can become.
 *
 * @param words - those behind `pq`; the last one, which may be empty, is under the cursor
 */
export async function completeWords(program: Command, words: readonly string[]): Promise<Candidates> {
  const [name, ...before] = words.slice(0, -1)
  const word = words.at(-1) ?? ''
  const command = program.commands.find((each) => each.name() === name)
  if (command === undefined) {
    const isFirst = name === undefined || (name === 'help' && before.length === 0)
    return fitting(isFirst ? commandsOf(program) : [], word)
  }
  const typed = readTyped(command, before, word)
  const candidates = typed.option === null ? await ofWord(typed) : await ofOption(typed)
  if (candidates === 'files') return 'files'
  return fitting(
    candidates.map(({ text, about }) => ({ text: typed.prefix + text, about })),
    word,
  )
}

function fitting(candidates: readonly Candidate[], word: string): Candidate[] {
  return candidates.filter(({ text }) => text.startsWith(word))
}

function commandsOf(program: Command): Candidate[] {
  return program.commands.map((each) => ({ text: each.name(), about: each.description() }))
}

async function ofWord(typed: TypedCommand): Promise<Candidates> {
  const { command, word, words, flags } = typed
  const name = command.name()
  // A filter may begin with a -; an option has two, or is a letter.
  if (word.startsWith('--') || (word.startsWith('-') && !FILTERS.has(name))) return optionsOf(command)
  const names = new KnownNames(flags)
  if (QUEUES.has(name)) return notGiven(await names.queues(), words)
  if (FILTERS.has(name)) return await completeFilter(word, words, names)
  if (name === 'queue') return await ofJob(words, names)
  const choices = command.registeredArguments[words.length]?.argChoices
  if (choices !== undefined) return plain(choices)
  const named = NAMED[name]
  if (named !== undefined) return notGiven(await named(names), words)
  return name === 'import' || name === 'init' ? 'files' : []
}

async function ofOption({ command, option, flags, word }: TypedCommand): Promise<Candidates> {
  if (option?.argChoices !== undefined) return plain(option.argChoices)
  if (option?.long === '--to' && command.name() === 'prioritize') return plain(PRIORITIES)
  const long = option?.long ?? ''
  const values = OPTION_VALUES[long] ?? SETTING_VALUES.get(long)
  if (values === 'files') return 'files'
  if (values !== 'queues') return plain(values ?? [])
  const before = word.slice(0, word.lastIndexOf(',') + 1)
  return (await new KnownNames(flags).queues()).map(({ text, about }) => ({ text: before + text, about }))
}

function optionsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ text: long ?? short ?? '', about: description }))
}

function notGiven(candidates: readonly Candidate[], given: readonly string[]): Candidate[] {
  return candidates.filter(({ text }) => !given.includes(text))
}

/** The name of a job, and then its arguments. */
async function ofJob([job, ...given]: readonly string[], names: KnownNames): Promise<Candidate[]> {
  const jobs = await names.jobs()
  if (job === undefined) return jobs
  const { parameters = [] } = jobs.find(({ text }) => text === job) ?? {}
  return plain(parameters.map((name) => `${name}=`).filter((start) => !given.some((each) => each.startsWith(start))))
}

function plain(texts: readonly string[]): Candidate[] {
  return texts.map((text) => ({ text, about: '' }))
}
