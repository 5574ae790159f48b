import type { Command } from 'commander'
import { inWords } from '../operate/in-words.js'
import type { ScheduleOverview } from '../operate/looks.js'
import { systemTime } from '../util/timers.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { printable } from './printable.js'
import { addSettings } from './setting-options.js'
import { UsageError, unknownWord } from './report-error.js'
import { printTable } from './table.js'
import { wordArgument } from './word-argument.js'

interface ScheduleFlags extends OperatorFlags {
  readonly queue?: string
  readonly reason?: string
}

const ACTS = ['pause', 'resume'] as const

/** `pq schedules`: lists periodic jobs, and pauses some. */
export function schedulesCommand(): Command {
  const command = operatorCommand(
    'schedules',
    'List periodic jobs, with their last tick and what became of its task, or pause or resume some.',
    {
      notes: [
        'Jobs of this project (--task-paths, pulsar.config.ts) are listed before their first tick, too.',
        'The next tick goes by the schedule that the store has. Where the job itself decides, --task-paths or pulsar.config.ts must name its file.',
        'A job that is paused is queued by no process. When it is resumed, its option catchUp decides which ticks of the pause are queued.',
      ],
      examples: [
        ['List all schedules', 'pq schedules'],
        ['Do not run a job for now', 'pq schedules pause report.nightly --reason "the partner is away"'],
      ],
      exitCodes: '0 success, 1 failure or no such schedule, 2 wrong usage.',
    },
  )
  command
    .addArgument(wordArgument('act', 'What some are to do; without it, schedules are listed', ACTS))
    .argument('[jobs...]', 'Names of periodic jobs')
    .option('--queue <name>', 'The queue whose schedule is meant, where several have one of the job')
    .option('--reason <text>', 'Why: it stands in the log of acts')
    .action(async (act: string | undefined, jobs: readonly string[], flags: ScheduleFlags) => {
      if (act === undefined) await list(flags)
      else await pause(actOf(act), jobs, flags)
    })
  return addSettings(command, ['taskPaths', 'manifest'])
}

async function list(flags: OperatorFlags): Promise<void> {
  const schedules = await withControl(flags, async (control) => await control.schedules(), true)
  const now = systemTime()
  if (flags.json === true) for (const schedule of schedules) printJson('schedules', schedule)
  else {
    const rows = schedules.map((each) => rowOf(each, now))
    printTable(['JOB', 'QUEUE', 'SCHEDULE', 'LAST', 'NEXT'], rows)
  }
}

function rowOf(of: ScheduleOverview, now: number): string[] {
  const { job, queue, schedule, last, lastState, paused } = of
  return [
    job,
    queue,
    schedule,
    last === null ? 'never' : `${inWords(now - last)} ago${lastState === null ? '' : ` (${lastState})`}`,
    paused === null
      ? nextInWords(of, now)
      : `paused ${inWords(now - paused.at)} ago by ${paused.by}${paused.reason === null ? '' : `: ${paused.reason}`}`,
  ]
}

function nextInWords({ next, overdue }: ScheduleOverview, now: number): string {
  if (next === null) return overdue === null ? 'the job decides: --task-paths' : 'never again'
  return next <= now ? `overdue for ${inWords(overdue ?? now - next)}` : `in ${inWords(next - now)}`
}

async function pause(act: (typeof ACTS)[number], jobs: readonly string[], flags: ScheduleFlags): Promise<void> {
  if (jobs.length === 0) throw new UsageError(`expected the name of a job behind ${act}; pq schedules lists them`)
  const { queue, reason } = flags
  await withControl(flags, async (control) => {
    for (const job of jobs) {
      await control[`${act}Schedule`](job, { queue, reason, from: 'cli' })
      if (flags.json === true) printJson('schedules pause', { job, paused: act === 'pause' })
      else console.log(`${printable(job)} is ${act === 'pause' ? 'paused' : 'resumed'}`)
    }
  })
}

function actOf(text: string): (typeof ACTS)[number] {
  const act = ACTS.find((one) => one === text)
  if (act !== undefined) return act
  throw unknownWord(text, ACTS)
}
