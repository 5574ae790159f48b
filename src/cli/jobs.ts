import { Command } from 'commander'
import type { JobListEntry } from '../jobs/loading/job-list.js'
import { printable, printableJson } from './printable.js'
import { UsageError } from './report-error.js'
import type { HelpTexts } from './help-texts.js'
import { addHelpTexts } from './help-texts.js'
import { PRODUCER_SETTINGS, addSettings, settingsArgv } from './setting-options.js'
import { withApi } from './with-api.js'

const HELP: HelpTexts = {
  examples: [
    ['List the jobs that pulsar.config.ts names', 'pq jobs'],
    ['List the jobs of some files', "pq jobs --task-paths './jobs/**/*.js'"],
  ],
  exitCodes: '0 success, 1 failure, 2 wrong usage or no jobs found.',
}

/** `pq jobs`: lists the jobs of the application. */
export function jobsCommand(): Command {
  const command = addHelpTexts(new Command('jobs'), HELP)
    .description('List the jobs with their arguments, concurrency and description.')
    .option('--json', 'Print JSON')
  return addSettings(command, PRODUCER_SETTINGS).action(listJobs)
}

async function listJobs(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const jobs = await withApi(settingsArgv(flags), (api) => Promise.resolve(api.tasks.jobList()))
  if (flags['json'] === true) {
    console.log(printableJson(JSON.stringify(Object.fromEntries(jobs), null, 2)))
    return
  }
  if (jobs.length === 0) throw new UsageError('there are no jobs: set taskPaths in pulsar.config.ts, or --task-paths')
  const rows = jobs.map(
    ([name, entry]) => [`${name}(${parametersOf(entry)})`, entry.concurrency, firstLine(entry.doc)] as const,
  )
  const width = Math.max(...rows.map(([call]) => printable(call).length))
  for (const [call, mode, doc] of rows)
    console.log(`${printable(call).padEnd(width)}  ${mode.padEnd(7)}  ${printable(doc)}`.trimEnd())
}

function parametersOf({ parameters }: JobListEntry): string {
  return parameters.map(({ name, optional }) => (optional ? `${name}?` : name)).join(', ')
}

function firstLine(doc: string): string {
  return doc.split('\n', 1)[0] ?? ''
}
