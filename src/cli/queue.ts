import { Command } from 'commander'
import type { Api } from '../app/api.js'
import type { Duration } from '../util/duration.js'
import { SUCCESS } from '../model/task-state.js'
import type { QueueOptions } from '../model/queue-options.js'
import { TaskNotAvailableError } from '../errors.js'
import { readJobArguments } from './job-arguments.js'
import { ExitCode, UsageError } from './report-error.js'
import { PRODUCER_SETTINGS, addSettings, settingsArgv } from './setting-options.js'
import { withApi } from './with-api.js'

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
  await withApi(settingsArgv(flags), async (api) => {
    const args = readJobArguments(words, parametersOf(api, job))
    const queued = await api.tasks.queue<string>(job, args, { ...optionsOf(flags), callback: false }).wait()
    if (flags.wait === undefined) {
      console.log(String(queued))
      return
    }
    console.error(String(queued))
    const task = await queued.doneCallback.wait(flags.wait === true ? undefined : durationOf(flags.wait))
    if (task.status === SUCCESS) console.log(JSON.stringify(task.result ?? null, null, 2))
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
    ...(name === undefined ? {} : { queue: name }),
    ...(delay === undefined ? {} : { delay: durationOf(delay) }),
    ...(priority === undefined ? {} : { priority: Number(priority) }),
    ...(id === undefined ? {} : { id }),
  }
}

/** `5m`, or seconds. What it cannot be is said by whoever reads it. */
function durationOf(text: string): Duration {
  if (text === '') throw new UsageError('expected a time such as 30s, got nothing')
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : (text as Duration)
}
