import { Command } from 'commander'
import { apiParts } from '../api/api-parts.js'
import type { Duration } from '../model/duration.js'
import { SUCCESS } from '../model/task-state.js'
import type { Task } from '../model/task.js'
import type { QueueOptions } from '../model/queue-options.js'
import type { HelpTexts } from './help-texts.js'
import { addHelpTexts } from './help-texts.js'
import { readJobArguments } from './job-arguments.js'
import { printJson } from './operator-command.js'
import { printable, printableJson, printableLines } from './printable.js'
import { ExitCode, UsageError } from './report-error.js'
import { PRODUCER_SETTINGS, addSettings, settingsArgv } from './setting-options.js'
import { withApi } from './with-api.js'
import { wholeOf } from './whole-of.js'
import { toMilliseconds } from '../model/duration.js'
import { toJson } from '../serializers/to-json.js'

const HELP: HelpTexts = {
  notes: [
    'A value that parses as JSON is that value, and any other is text: a=4, list=[1,2], name=Ann. Where the job is known to\n' +
      'take text, 0049 stays text; elsewhere quote it twice: phone=\'"0049"\'. Where the manifest asks for them: dates as ISO 8601,\n' +
      'bigints as digits, bytes as base64, a Map as a list of pairs, a Set as a list.',
  ],
  examples: [
    ['Queue a task and print it', 'pq queue addition a=4 b=6'],
    ['Wait for the task and print its result as JSON', 'pq queue addition a=4 b=6 --wait'],
    [
      'Queue a task that is due in five minutes',
      'pq queue extract.docx input=a.docx output=a.txt --queue slow --delay 5m',
    ],
  ],
  exitCodes:
    '0 success, 1 failure, no such job, or the task failed, was revoked or did not end in time, 2 wrong usage.',
}

interface QueueFlags extends Readonly<Record<string, unknown>> {
  readonly wait?: true | string
  readonly queue?: string
  readonly delay?: string
  readonly priority?: string
  readonly tag?: readonly string[]
  readonly id?: string
  readonly json?: boolean
}

/** `pq queue`: queues a task. */
export function queueCommand(): Command {
  const command = addHelpTexts(new Command('queue'), HELP)
    .description('Queue a task.')
    .argument('<job>', 'Name of the job, such as extract.docx')
    .argument('[arguments...]', 'Arguments of the job: key=value')
    .option('--wait [duration]', 'Wait until the task ends, at most for the duration, and print its result')
    .option('--queue <name>', 'Queue of the task (default: the one of the job)')
    .option('--delay <duration>', 'Time until the task is due, such as 30s (default: none)')
    .option('--priority <n>', 'Priority from 0 to 9, higher first (default: the one of the job)')
    .option('--tag <tag...>', 'Texts by which operators find the task (default: none)')
    .option('--id <id>', 'Id of the task; a task whose id is known is not queued again')
    .option('--json', 'Print JSON')
  return addSettings(command, PRODUCER_SETTINGS).action(queue)
}

async function queue(job: string, words: readonly string[], flags: QueueFlags): Promise<void> {
  // In `--wait a=4` the word after the flag is no duration, but the first argument.
  const isArgument = typeof flags.wait === 'string' && flags.wait.includes('=')
  const wait = flags.wait === true || isArgument ? undefined : durationOf('--wait', flags.wait)
  const given = isArgument ? [flags.wait, ...words] : words
  const options = optionsOf(flags)
  await withApi(settingsArgv(flags), async (api) => {
    const description = apiParts(api).producer.jobs.describe(job)
    const args = description.fromJson(readJobArguments(given, description.parameters))
    const queued = await api.tasks.queue<string>(job, args, { ...options, callback: false }).wait()
    const { id, name } = queued
    const place = { id, job: name, queue: queued.queue ?? '' }
    if (flags.wait === undefined) {
      if (flags.json === true) printJson('queue', place)
      else console.log(printable(String(queued)))
      return
    }
    if (flags.json !== true) console.error(printable(String(queued)))
    const task = await queued.doneCallback.wait(wait)
    if (task.status !== SUCCESS) process.exitCode = ExitCode.failure
    if (flags.json === true) {
      const { status, statusString, result = null, exception: error } = task
      printJson('queue --wait', { ...place, status, statusString, result, error })
    } else printEnd(task)
  })
}

function printEnd(task: Task): void {
  if (task.status === SUCCESS) {
    console.log(printableJson(toJson(task.result ?? null, 2)))
    return
  }
  const reason = printableLines(task.exception ?? 'no reason given')
  console.error(`pq: ${printable(task.name)} ended as ${task.statusString}: ${reason}`)
}

function optionsOf({ queue: name, delay, priority, tag, id }: QueueFlags): QueueOptions {
  return {
    queue: name,
    delay: durationOf('--delay', delay),
    priority: wholeOf('--priority', priority, 0),
    tags: tag,
    id,
  }
}

/** Reads `5m`, or seconds. A malformed one is refused here, before anything is queued. */
function durationOf(option: string, text: string | undefined): Duration | undefined {
  if (text === undefined) return undefined
  if (text === '') throw new UsageError(`expected ${option} to be a duration such as 30s, got nothing`)
  const duration = /^\d+(\.\d+)?$/.test(text) ? Number(text) : (text as Duration)
  toMilliseconds(duration, option)
  return duration
}
