import { countOf } from '../util/count-of.js'
import { errorMessage } from '../util/thrown.js'
import { performance, systemTime } from '../util/timers.js'
import { busyElsewhere } from './busy-elsewhere.js'
import { checkLimits } from './check-limits.js'
import { checkQueue, usualWait, waitsLong } from './check-queue.js'
import { checkSchedules } from './check-schedules.js'
import { checkClock, checkStore } from './check-store.js'
import type { DatedLook } from './check-workers.js'
import { checkQueueWorkers } from './check-workers.js'
import type { ControlParts } from './control-parts.js'
import type { Diagnosis, DoctorCheck, WorkerOverview } from './looks.js'
import { listSchedules } from './list-schedules.js'
import { workersOf } from './list-workers.js'
import { operationsOf } from './control-parts.js'
import { pausedByIn, recentActs } from './paused-by.js'
import { listProblems } from './problems.js'
import type { UnreadTeller } from './read-each.js'
import { readEach } from './read-each.js'
import { UnreadQueues } from './unread-queues.js'

/** Whether a queue, by its name, is looked at. */
type Meant = (queue: string) => boolean

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
  const unread = new UnreadQueues()
  const look = async (name: string): Promise<[string, DatedLook]> => [
    name,
    { look: await operations.inspect(name), at: performance.now() },
  ]
  const looks = new Map(await readEach(names, look, unread.add))
  const times = new Map(
    [...looks].map(
      ([
        name,
        {
          look: { now },
        },
      ]) => [name, now],
    ),
  )
  const ofQueues = [
    ...(await attempt('problems', async () => await checkProblems(parts, isMeant, unread.add))),
    ...(await readEach([...looks.keys()], checkWorkersOf(parts, looks), unread.add)).flat(),
    ...(await checkQueues(parts, looks, isMeant, unread.add)),
    // A queue that cannot be read may have what it looks for.
    ...(looks.size < names.length ? [] : await checkLimits(parts, times, unread.add)),
    ...(await attempt('schedules', async () =>
      checkSchedules((await listSchedules(parts, unread.add)).filter(({ queue }) => isMeant(queue))),
    )),
  ]
  const checks = [
    check('store', 'ok', `${broker.address} answers; it has ${countOf(names.length, 'queue')}`),
    ...(await attempt('server', async () => await checkStore(parts))),
    ...checkClock(before, looks.size === 0 ? null : Math.min(...times.values())),
    ...checkLost(
      workersOf(
        [...looks].map(
          ([
            queue,
            {
              look: { workers },
            },
          ]) => ({ queue, workers }),
        ),
      ),
    ),
    ...unread.checks(isMeant),
    ...ofQueues,
  ]
  return { healthy: !checks.some(({ state }) => state === 'fault'), checks }
}

/** What cannot be checked is a fault, and the rest is checked all the same. */
async function attempt(name: string, look: () => Promise<DoctorCheck[]>): Promise<DoctorCheck[]> {
  try {
    return await look()
  } catch (error) {
    return [check(name, 'fault', errorMessage(error), 'mend what this says; the other checks were made')]
  }
}

function checkWorkersOf(
  parts: ControlParts,
  looks: ReadonlyMap<string, DatedLook>,
): (queue: string) => Promise<DoctorCheck[]> {
  return async (queue) => {
    const look = looks.get(queue)
    return look === undefined ? [] : await checkQueueWorkers(parts, queue, look)
  }
}

function check(name: string, state: DoctorCheck['state'], says: string, fix: string | null = null): DoctorCheck {
  return { name, state, says, fix }
}

async function checkQueues(
  parts: ControlParts,
  looks: ReadonlyMap<string, DatedLook>,
  isMeant: Meant,
  tell: UnreadTeller,
): Promise<DoctorCheck[]> {
  const known = new Map([...looks].map(([queue, { look }]) => [queue, look]))
  const operations = operationsOf(parts, 'what a diagnosis needs')
  const isAnyPaused = [...looks.values()].some(({ look }) => look.paused)
  const acts = isAnyPaused ? await recentActs(operations) : []
  const checks = await Promise.all(
    [...looks].map(async ([queue, { look }]) => {
      const [usual = null] = await readEach(
        look.sizes.ready > 0 ? [queue] : [],
        async () => await usualWait(operations, queue, look.now),
        tell,
      ).catch(() => [])
      const pausedBy = pausedByIn(acts, queue)
      const others = waitsLong(look) ? await busyElsewhere(parts, queue, look, known) : []
      // Whoever sees some queues only does not learn the names of others.
      return checkQueue(queue, look, {
        usualWait: usual,
        pausedBy,
        busyElsewhere: others.map((name) => (isMeant(name) ? name : null)),
      })
    }),
  )
  return checks.flat()
}

async function checkProblems(parts: ControlParts, isMeant: Meant, tell: UnreadTeller): Promise<DoctorCheck[]> {
  const open = await listProblems(parts, { state: 'open' }, tell)
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
