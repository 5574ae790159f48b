import { parseArgs } from 'node:util'
import type { StoreKind } from '../scenarios/scenario.js'
import { SCENARIOS } from '../scenarios/scenarios.js'

const HELP = `npm run soak -- [options]

Runs the scenarios of the table of faults of docs/reliability.md, and judges their histories: each once on each store, or at random for some
time. A run that shows a violation is told with it and with the command that repeats it, and is kept below .faults.

  --faults <names>    only these, separated by commas: F1,'F10 always'. F10 means all whose names begin so
  --store <store>     only on redis, or only on embedded
  --rounds <n>        how often each run injects its fault; default: 3
  --seed <n>          seed of each run; with --minutes: of the soak, from which those of its runs follow. Default: another one each time
  --minutes <n>       runs scenarios at random for so many minutes
  --keep              keeps each run below .faults, also one without a violation
  --judge <file>      judges a run that was kept again, and runs nothing: the path of its .jsonl or its .json
  --write             keeps the figures in spec/faults/results.json, and writes them into docs/reliability.md; with --judge: those of that run

  --tasks <n>         runs so many tasks through workers that are killed all the time instead, for --minutes at most; fails if a task is
                      lost, or if memory, handles, keys or rows grow; records of ended tasks from when the first of them expire
  --rate <n>          of these, tasks a second; default: 5000
  --hours <n>         lets the clocks of all programs go by faster until so many hours have passed; fails as --tasks does
  --factor <n>        how many times as fast; default: 120

  --help              prints this

Ends with 0; with 1 where there was a violation; with 2 where an option is none of these, or has another value than it can have.
`

const OPTIONS = {
  faults: { type: 'string' },
  store: { type: 'string' },
  rounds: { type: 'string', default: '3' },
  seed: { type: 'string' },
  minutes: { type: 'string' },
  keep: { type: 'boolean', default: false },
  judge: { type: 'string' },
  write: { type: 'boolean', default: false },
  tasks: { type: 'string' },
  rate: { type: 'string', default: '5000' },
  hours: { type: 'string' },
  factor: { type: 'string', default: '120' },
  help: { type: 'boolean', default: false },
} as const
const NUMBERS = ['rounds', 'seed', 'minutes', 'tasks', 'rate', 'hours', 'factor'] as const

type Numbers = Readonly<Record<'rounds' | 'rate' | 'factor', number>> &
  Readonly<Partial<Record<Exclude<(typeof NUMBERS)[number], 'rounds' | 'rate' | 'factor'>, number>>>

/** What the command line asks for. */
export interface SoakOptions extends Numbers {
  readonly faults?: readonly string[]
  readonly store?: StoreKind
  readonly judge?: string
  readonly keep: boolean
  readonly write: boolean
}

/** What is printed instead of a soak, and the exit code of the command. */
export interface Told {
  readonly text: string
  readonly code: 0 | 2
}

/** Reads a command line. */
export function soakOptions(args: readonly string[]): SoakOptions | Told {
  try {
    const { help, ...options } = read(args)
    return help ? { text: HELP, code: 0 } : options
  } catch (error) {
    const text = `${error instanceof Error ? error.message : String(error)}\nnpm run soak -- --help prints the options.\n`
    return { text, code: 2 }
  }
}

function read(args: readonly string[]): SoakOptions & { readonly help: boolean } {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false })
  const { faults, store, keep, judge, write, help } = values
  const numbers = Object.fromEntries(
    NUMBERS.flatMap((name) => (values[name] === undefined ? [] : [[name, numberOf(name, values[name])]])),
  ) as unknown as Numbers
  return {
    ...numbers,
    ...(faults === undefined ? {} : { faults: faultsOf(faults) }),
    ...(store === undefined ? {} : { store: storeOf(store) }),
    ...(judge === undefined ? {} : { judge }),
    ...{ keep, write, help },
  }
}

function numberOf(name: string, value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number) || number < 0)
    throw new Error(`--${name}: expected a number from 0 on, got '${value}'`)
  return number
}

function storeOf(value: string): StoreKind {
  if (value !== 'redis' && value !== 'embedded') throw new Error(`--store: expected redis or embedded, got '${value}'`)
  return value
}

function faultsOf(value: string): readonly string[] {
  const names = value.split(',').map((name) => name.trim())
  for (const name of names)
    if (!SCENARIOS.some((scenario) => isMeant(scenario.name, name)))
      throw new Error(
        `--faults: expected names such as ${SCENARIOS.map((each) => each.name).join(', ')}, got '${name}'`,
      )
  return names
}

/** Whether a name of --faults means a scenario: its own, or the word that it begins with. */
export function isMeant(scenario: string, name: string): boolean {
  return scenario === name || scenario.startsWith(`${name} `)
}
