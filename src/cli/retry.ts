import type { Command } from 'commander'
import { toMilliseconds } from '../model/duration.js'
import type { Duration } from '../model/duration.js'
import { apiParts } from '../api/api-parts.js'
import type { JobCatalogue } from '../jobs/loading/job-catalogue.js'
import type { Plan } from '../operate/acts.js'
import type { ActFlags } from './act-command.js'
import { actCommand } from './act-command.js'
import { readJobArguments } from './job-arguments.js'
import { printable } from './printable.js'
import { addSettings } from './setting-options.js'

interface RetryFlags extends ActFlags {
  readonly spread?: string
  readonly args?: readonly string[]
}

/** `pq retry`: queues failed and revoked tasks once more. */
export function retryCommand(): Command {
  const command = actCommand<RetryFlags>({
    name: 'retry',
    description: 'Queue failed and revoked tasks once more, as new tasks.',
    notes: [
      'A task a is retried as a~1, that one as a~2. What was retried already is skipped, so it can be repeated.',
      '--args are checked where the project has the job, as of pq queue; what it does not know is told.',
    ],
    examples: [
      ['Retry what a gateway has failed, over ten minutes', "pq retry 'error:ECONNRESET since:2h' --spread 10m --yes"],
      ['Retry one task with another argument', 'pq retry i24ab9q2m0f3k7d100e9p1 --args to=ann@example.org'],
    ],
    prepare: ({ spread }) => {
      if (spread !== undefined) toMilliseconds(durationOf(spread), '--spread')
    },
    needsJobs: ({ args }) => args !== undefined,
    act: async (control, plan, { spread, args }, options, api) =>
      await control.retry(plan, {
        ...options,
        spread: spread === undefined ? undefined : durationOf(spread),
        args: args === undefined ? undefined : patchOf(args, plan, apiParts(api).producer.jobs),
      }),
  })
    .option('--spread <duration>', 'Let the tasks become due one after another over this time')
    .option('--args <key=value...>', 'Arguments that replace those of the tasks; the others stay')
  return addSettings(command, ['taskPaths', 'manifest'])
}

/** The arguments as the jobs take them. What this project does not know is told, and is not checked. */
function patchOf(words: readonly string[], { byJob }: Plan, jobs: JobCatalogue): Readonly<Record<string, unknown>> {
  const names = new Set(jobs.names())
  for (const { job } of byJob) {
    if (!names.has(job)) console.error(printable(`this project has no job ${job}: its arguments are not checked`))
  }
  const [only] = byJob
  if (only === undefined || byJob.length > 1 || !names.has(only.job)) return readJobArguments(words, [])
  const job = jobs.describe(only.job)
  return job.fromJson(readJobArguments(words, job.parameters))
}

/** Reads `5m`, or seconds. */
function durationOf(text: string): Duration {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : (text as Duration)
}
