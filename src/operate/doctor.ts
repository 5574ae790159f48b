import type { OperationsStore } from '../stores/operations-store.js'
import { countOf } from '../util/count-of.js'
import { shellWord } from '../util/shell-word.js'
import { errorMessage } from '../util/thrown.js'
import { systemTime } from '../util/timers.js'
import { checkQueueWorkers } from './check-workers.js'
import type { ControlParts } from './control-parts.js'
import type { Diagnosis, DoctorCheck, QueueOverview, WorkerOverview } from './looks.js'
import { inWords } from './in-words.js'
import { listWorkers, workersIn } from './list-workers.js'
import { operationsOf } from './control-parts.js'
import { listProblems } from './problems.js'
import { queueOverview } from './queue-overview.js'

/** Difference of two clocks that is a warning, ms. */
const WRONG_CLOCK = 2_000
/** Whether a queue, by its name, is looked at. */
type Meant = (queue: string) => boolean

/** Age from which a ready task is a warning, ms. */
const OLD = 600_000

/** Checks the store, and some queues with their workers. */
export async function diagnose(parts: ControlParts, isMeant: Meant = () => true): Promise<Diagnosis> {
  const { broker } = parts
  const operations = operationsOf(parts, 'what a diagnosis needs')
  let names: readonly string[]
  try {
    names = (await broker.queues()).filter(isMeant)
  } catch (error) {
    const fault = check('store', 'fault', errorMessage(error), 'start the store, or correct dataStore')
    return { healthy: false, checks: [fault] }
  }
  const queues = await Promise.all([...names].sort().map((name) => queueOverview(broker, operations, name)))
  const checks = [
    check('store', 'ok', `${broker.address} answers; it has ${countOf(queues.length, 'queue')}`),
    ...(await checkStore(parts)),
    ...(await checkClock(operations, names)),
    ...checkWorkers(workersIn(await listWorkers(parts), isMeant)),
    ...(await checkProblems(parts, isMeant)),
    ...(
      await Promise.all(names.map(async (name) => await checkQueueWorkers(parts, name, await operations.inspect(name))))
    ).flat(),
    ...queues.flatMap(checkQueue),
  ]
  return { healthy: !checks.some(({ state }) => state === 'fault'), checks }
}

function check(name: string, state: DoctorCheck['state'], says: string, fix: string | null = null): DoctorCheck {
  return { name, state, says, fix }
}

/** What in the set-up of the store loses tasks. What is only to be told is no warning. */
async function checkStore({ broker }: ControlParts): Promise<DoctorCheck[]> {
  const advice = await broker.advice()
  return advice.map(({ name, level, says, fix }) =>
    level === 'warn' ? check(name, 'warning', says, fix) : check(name, 'ok', `${says}; ${fix}`),
  )
}

/** The clock of this machine: delays and schedules go by that of the store. */
async function checkClock(operations: OperationsStore, [queue]: readonly string[]): Promise<DoctorCheck[]> {
  if (queue === undefined) return []
  const before = systemTime()
  const { now } = await operations.inspect(queue)
  const off = now < before ? now - before : Math.max(0, now - systemTime())
  if (Math.abs(off) < WRONG_CLOCK) return []
  const says = `the clock of this machine is ${inWords(Math.abs(off))} ${off > 0 ? 'behind' : 'before'} that of the store`
  return [check('clock', 'warning', says, 'set both by NTP')]
}

async function checkProblems(parts: ControlParts, isMeant: Meant): Promise<DoctorCheck[]> {
  const open = await listProblems(parts, { state: 'open' })
  const back = open.filter(({ regressed, queue }) => regressed && isMeant(queue))
  return back.map(({ id, queue, job, error, message }) => {
    const says = `problem ${id} of ${job} in queue ${queue} came back after it was resolved: ${error}: ${message}`
    return check('problem-regressed', 'warning', says, `pq find 'problem:${id}' shows its tasks`)
  })
}

function checkWorkers(workers: readonly WorkerOverview[]): DoctorCheck[] {
  const lost = workers.filter(({ state }) => state === 'lost')
  const alive = workers.length - lost.length
  const found = [check('workers', 'ok', `${countOf(alive, 'worker')} ${alive === 1 ? 'is' : 'are'} alive`)]
  for (const { name, held } of lost) {
    const says = `worker ${name} has not renewed its lease in time; it holds ${countOf(held, 'task')}`
    found.push(check('worker-lost', 'warning', says, 'another worker takes them over; look at the log of the lost one'))
  }
  return found
}

function checkQueue(queue: QueueOverview): DoctorCheck[] {
  const { name, paused, ready, workers, oldestReady, suspects } = queue
  const found: DoctorCheck[] = []
  if (ready > 0 && workers === 0) {
    const says = `queue ${name} has ${countOf(ready, 'ready task')} and no worker`
    found.push(check('queue-without-worker', 'fault', says, `start one: pq start --task-queues ${shellWord(name)}`))
  }
  if (paused) {
    const says = `queue ${name} is paused; ${countOf(ready, 'task')} ${ready === 1 ? 'is' : 'are'} ready`
    found.push(check('queue-paused', 'warning', says, `pq resume ${shellWord(name)}`))
  } else if (workers > 0 && oldestReady !== null && oldestReady > OLD) {
    const says = `a task of queue ${name} waits since ${inWords(oldestReady)}`
    found.push(
      check('queue-slow', 'warning', says, `add workers; pq ls ${shellWord(name)} --state ready shows the tasks`),
    )
  }
  if (suspects > 0) {
    const says = `${countOf(suspects, 'task')} of queue ${name} ran in a process that died`
    found.push(check('suspects', 'warning', says, 'few run at once until a run has shown that they are not to blame'))
  }
  return found.length > 0 ? found : [check('queue', 'ok', `queue ${name} is well`)]
}
