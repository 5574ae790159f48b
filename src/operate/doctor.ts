import { FORGET_AFTER } from '../stores/policy.js'
import { countOf } from '../util/count-of.js'
import { errorMessage } from '../util/thrown.js'
import { performance, systemTime } from '../util/timers.js'
import { checkLimits } from './check-limits.js'
import { checkQueue, usualWait } from './check-queue.js'
import { checkClock, checkStore } from './check-store.js'
import type { DatedLook } from './check-workers.js'
import { checkQueueWorkers } from './check-workers.js'
import type { ControlParts } from './control-parts.js'
import type { Diagnosis, DoctorCheck, WorkerOverview } from './looks.js'
import { inWords } from './in-words.js'
import { listSchedules } from './list-schedules.js'
import { workersOf } from './list-workers.js'
import { operationsOf } from './control-parts.js'
import { listProblems } from './problems.js'

/** Whether a queue, by its name, is looked at. */
type Meant = (queue: string) => boolean

/** Time by which a schedule may be late, ms. */
const LATE_SCHEDULE = 60_000
/** Most acts in which the pause of a queue is looked for. */
const MOST_ACTS = 500

/** Checks the store, and some queues with their workers. Each queue is looked at once. */
export async function diagnose(parts: ControlParts, isMeant: Meant = () => true): Promise<Diagnosis> {
  const { broker } = parts
  const operations = operationsOf(parts, 'what a diagnosis needs')
  let names: readonly string[]
  try {
    names = [...(await broker.queues())].filter(isMeant).sort()
  } catch (error) {
    const fault = check('store', 'fault', errorMessage(error), 'start the store, or correct dataStore')
    return { healthy: false, checks: [fault] }
  }
  const before = systemTime()
  const looks = new Map(
    await Promise.all(
      names.map(async (name): Promise<[string, DatedLook]> => {
        const look = await operations.inspect(name)
        return [name, { look, at: performance.now() }]
      }),
    ),
  )
  const times = new Map([...looks].map(([name, { look }]) => [name, look.now]))
  const checks = [
    check('store', 'ok', `${broker.address} answers; it has ${countOf(names.length, 'queue')}`),
    ...(await checkStore(parts)),
    ...checkClock(before, names.length === 0 ? null : Math.min(...times.values())),
    ...checkLost(workersOf([...looks].map(([queue, { look }]) => ({ queue, workers: look.workers })))),
    ...(await checkProblems(parts, isMeant)),
    ...(await Promise.all([...looks].map(async ([name, look]) => await checkQueueWorkers(parts, name, look)))).flat(),
    ...(await checkQueues(parts, looks)),
    ...(await checkLimits(parts, times)),
    ...(await checkSchedules(parts, isMeant)),
  ]
  return { healthy: !checks.some(({ state }) => state === 'fault'), checks }
}

function check(name: string, state: DoctorCheck['state'], says: string, fix: string | null = null): DoctorCheck {
  return { name, state, says, fix }
}

async function checkQueues(parts: ControlParts, looks: ReadonlyMap<string, DatedLook>): Promise<DoctorCheck[]> {
  const operations = operationsOf(parts, 'what a diagnosis needs')
  const isAnyPaused = [...looks.values()].some(({ look }) => look.paused)
  const acts = isAnyPaused ? await operations.audit(MOST_ACTS) : []
  const checks = await Promise.all(
    [...looks].map(async ([queue, { look }]) => {
      const usual = look.sizes.ready > 0 ? await usualWait(operations, queue, look.now) : null
      const pausedBy = acts.find(({ act, target }) => act === 'pause' && target === `queue:${queue}`) ?? null
      return checkQueue(queue, look, { usualWait: usual, pausedBy })
    }),
  )
  return checks.flat()
}

async function checkProblems(parts: ControlParts, isMeant: Meant): Promise<DoctorCheck[]> {
  const open = await listProblems(parts, { state: 'open' })
  const back = open.filter(({ regressed, queue }) => regressed && isMeant(queue))
  return back.map(({ id, queue, job, error, message }) => {
    const says = `problem ${id} of ${job} in queue ${queue} came back after it was resolved: ${error}: ${message}`
    return check('problem-regressed', 'warning', says, `pq find 'problem:${id}' shows its tasks`)
  })
}

function checkLost(workers: readonly WorkerOverview[]): DoctorCheck[] {
  const lost = workers.filter(({ state }) => state === 'lost')
  const alive = workers.length - lost.length
  const found = [check('workers', 'ok', `${countOf(alive, 'worker')} ${alive === 1 ? 'is' : 'are'} alive`)]
  for (const { name, held } of lost) {
    const says = `worker ${name} has not renewed its lease in time; it holds ${countOf(held, 'task')}`
    found.push(check('worker-lost', 'warning', says, 'another worker takes them over; look at the log of the lost one'))
  }
  return found
}

/** Periodic jobs that are late. One that nobody has taken for a week is gone from the program. */
async function checkSchedules(parts: ControlParts, isMeant: Meant): Promise<DoctorCheck[]> {
  const late = (await listSchedules(parts)).filter(
    ({ queue, overdue }) => isMeant(queue) && overdue !== null && overdue > LATE_SCHEDULE && overdue < FORGET_AFTER,
  )
  return late.map(({ job, queue, overdue }) => {
    const says = `periodic job ${job} of queue ${queue} is overdue since ${inWords(overdue ?? 0)}: no process has queued it`
    return check('schedule-overdue', 'warning', says, 'start a worker with schedulePeriodic that knows the job')
  })
}
