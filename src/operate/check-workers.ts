import type { QueueInspection } from '../stores/operations-store.js'
import type { ControlParts } from './control-parts.js'
import { describeWorkers } from './describe-workers.js'
import type { DoctorCheck } from './looks.js'
import { shellWord } from '../util/shell-word.js'

/** Asks the workers of a queue whether they answer, are quiet, are of one version, and know the job that waits longest. */
export async function checkQueueWorkers(
  parts: ControlParts,
  queue: string,
  inspection: QueueInspection,
): Promise<DoctorCheck[]> {
  const job = await waitingJob(parts, queue)
  const workers = await describeWorkers(parts, queue, inspection, job ?? '')
  const said = workers.flatMap(({ description }) => description ?? [])
  const silent = workers.filter(({ description }) => description === null)
  const found = silent.map(({ name }): DoctorCheck => {
    const says = `worker ${name} of queue ${queue} does not answer: its event loop may be blocked, or its process has ended`
    return { name: 'worker-silent', state: 'warning', says, fix: `look at its log; pq workers stop ${shellWord(name)}` }
  })
  if (said.length === 0) return found
  const isAll = said.length === inspection.workers.filter(({ state }) => state === 'alive').length
  if (isAll && said.every(({ isQuiet }) => isQuiet)) {
    const says = `all workers of queue ${queue} are quiet: they claim nothing`
    found.push({ name: 'workers-quiet', state: 'warning', says, fix: 'pq workers resume <name>' })
  }
  // One that has not answered may know it.
  if (isAll && job !== null && !said.some(({ knowsJob }) => knowsJob)) {
    const says = `no worker of queue ${queue} knows the job ${job}, whose tasks wait there`
    found.push({ name: 'job-unknown', state: 'fault', says, fix: 'deploy workers that know the job' })
  }
  const versions = [...new Set(said.flatMap(({ version }) => version ?? []))].sort()
  if (versions.length > 1) {
    const says = `the workers of queue ${queue} are of the versions ${versions.join(', ')}`
    found.push({ name: 'versions', state: 'warning', says, fix: 'wait for the end of the deployment, or deploy again' })
  }
  return found
}

/** The job of the first task that waits: one that no worker knows is put off again and again. */
async function waitingJob({ broker }: ControlParts, queue: string): Promise<string | null> {
  const operations = broker.operations()
  for (const state of ['ready', 'delayed'] as const) {
    const [first] = (await operations?.list(queue, state, null, 1))?.records ?? []
    if (first?.header.runs === 0) return first.header.job
  }
  return null
}
