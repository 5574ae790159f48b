import type { QueueInspection } from '../stores/operations-store.js'
import type { ControlParts } from './control-parts.js'
import { WRONG_CLOCK } from './check-store.js'
import type { DescribedWorker } from './describe-workers.js'
import { describeWorkers } from './describe-workers.js'
import { inWords } from './in-words.js'
import type { DoctorCheck } from './looks.js'
import { shellWord } from '../util/shell-word.js'

/** A look at a queue, and when it was taken: ms by the monotonic clock of this process. */
export interface DatedLook {
  readonly look: QueueInspection
  readonly at: number
}

/** Most ms by which a timer of a worker may be late. */
const LATE_TIMER = 1_000

/** Asks the workers of a queue whether they answer, are quiet, are of one version, and know the job that waits longest. */
export async function checkQueueWorkers(
  parts: ControlParts,
  queue: string,
  { look: inspection, at }: DatedLook,
): Promise<DoctorCheck[]> {
  const job = await waitingJob(parts, queue)
  const workers = await describeWorkers(parts, queue, inspection.workers, job ?? '')
  const said = workers.flatMap(({ description }) => description ?? [])
  const silent = workers.filter(({ description }) => description === null)
  const found = silent.map(({ name }): DoctorCheck => {
    const says = `worker ${name} of queue ${queue} does not answer: its event loop may be blocked, or its process has ended`
    return { name: 'worker-silent', state: 'warning', says, fix: `look at its log; pq workers stop ${shellWord(name)}` }
  })
  found.push(...workers.flatMap((worker) => checkProcess(worker, inspection.now - at)))
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
  const manifests = new Set(said.flatMap(({ process }) => process?.manifest ?? []))
  if (manifests.size > 1 && versions.length < 2) {
    const says = `the workers of queue ${queue} are of one version, and know different jobs`
    found.push({ name: 'manifests', state: 'warning', says, fix: 'start them with the same taskPaths and build' })
  }
  return found
}

/** @param offset - what makes of the monotonic clock of this process that of the store */
function checkProcess({ name, description, at }: DescribedWorker, offset: number): DoctorCheck[] {
  const { process } = description ?? {}
  if (process === undefined) return []
  const found: DoctorCheck[] = []
  const off = process.now - (at + offset)
  if (Math.abs(off) >= WRONG_CLOCK) {
    const says = `the clock of worker ${name} is ${inWords(Math.abs(off))} ${off < 0 ? 'behind' : 'before'} that of the store`
    found.push({ name: 'worker-clock', state: 'warning', says, fix: 'set both by NTP' })
  }
  if (process.eventLoopDelay > LATE_TIMER) {
    const says = `the event loop of worker ${name} was blocked for ${inWords(process.eventLoopDelay)}`
    const fix = 'run what computes for long as CPUBOUND, or in a thread'
    found.push({ name: 'event-loop-blocked', state: 'warning', says, fix })
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
