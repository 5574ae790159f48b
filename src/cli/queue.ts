import { Command } from 'commander'
import type { Api } from '../api/api.js'
import type { Duration } from '../util/duration.js'
import { SUCCESS } from '../model/task-state.js'
import type { QueueOptions } from '../model/queue-options.js'
import { TaskNotAvailableError } from '../errors.js'
import { readJobArguments } from './job-arguments.js'
import { ExitCode, UsageError } from './report-error.js'
import { PRODUCER_SETTINGS, addSettings, settingsArgv } from './setting-options.js'
import { withApi } from './with-api.js'
import { toMilliseconds } from '../util/duration.js'
import { toJson } from '../util/to-json.js'

const EXAMPLES = `
Values are JSON where they parse as JSON, else text: a=4  list=[1,2]  name=Ann  id='"7"'

Examples:
  $ pq queue addition a=4 b=6                 queues it and prints the task
  $ pq queue addition a=4 b=6 --wait          waits and prints the result as JSON; exit code 1 when the task fails
  $ pq queue extract.docx input=a.docx output=a.txt --queue slow --delay 5m`

interface QueueFlags extends Readonly<Record<string, unknown>> {
  readonly wait?: true | string
  readonly queue?: string
  readonly delay?: string
  readonly priority?: string
  readonly id?: string
}

/** `pq queue`: queues one task. */
export function queueCommand(): Command {
  const command = new Command('queue')
    .description('queue a task')
    .argument('<job>', 'name of the job, such as extract.docx')
    .argument('[arguments...]', 'its arguments: key=value')
    .option('--wait [time]', 'wait until it is over, for no longer than [time], and print its result')
    .option('--queue <name>', 'queue to put it in')
    .option('--delay <time>', 'wait before it is due, such as 30s')
    .option('--priority <n>', '0 to 9, higher first')
    .option('--id <id>', 'an id of your own; a known one is not queued again')
    .addHelpText('after', EXAMPLES)
  return addSettings(command, PRODUCER_SETTINGS).action(queue)
}

async function queue(job: string, words: readonly string[], flags: QueueFlags): Promise<void> {
  // `--wait a=4`: the word after it is no time, but the first argument.
  const isArgument = typeof flags.wait === 'string' && flags.wait.includes('=')
  const wait = flags.wait === true || isArgument ? undefined : durationOf('--wait', flags.wait)
  const given = isArgument ? [flags.wait, ...words] : words
  const options = optionsOf(flags)
  await withApi(settingsArgv(flags), async (api) => {
    const args = readJobArguments(given, parametersOf(api, job))
    const queued = await api.tasks.queue<string>(job, args, { ...options, callback: false }).wait()
    if (flags.wait === undefined) {
      console.log(String(queued))
      return
    }
    console.error(String(queued))
    const task = await queued.doneCallback.wait(wait)
    if (task.status === SUCCESS) console.log(toJson(task.result ?? null, 2))
    else {
      console.error(`pq: ${task.name} ended as ${task.statusString}: ${task.exception ?? 'no reason given'}`)
      process.exitCode = ExitCode.failure
    }
  })
}

function parametersOf(api: Api, job: string) {
  const entries = api.tasks.jobList()
  const entry = entries.find(([name]) => name === job)
  if (entry) return entry[1].parameters
  if (entries.length > 0) return api.tasks.jobList([job])[0]?.[1].parameters ?? []
  throw new TaskNotAvailableError(job, null)
}

function optionsOf({ queue: name, delay, priority, id }: QueueFlags): QueueOptions {
  return {
    queue: name,
    delay: durationOf('--delay', delay),
    priority: priority === undefined ? undefined : Number(priority),
    id,
  }
}

/** `5m`, or seconds. Checked before anything is queued. */
function durationOf(option: string, text: string | undefined): Duration | undefined {
  if (text === undefined) return undefined
  if (text === '') throw new UsageError(`expected ${option} to be a time such as 30s, got nothing`)
  const duration = /^\d+(\.\d+)?$/.test(text) ? Number(text) : (text as Duration)
  toMilliseconds(duration, option)
  return duration
}
