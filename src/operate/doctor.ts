import { errorMessage } from '../util/thrown.js'
import type { ControlParts } from './control-parts.js'
import type { Diagnosis, DoctorCheck, QueueOverview, WorkerOverview } from './looks.js'
import { inWords } from './in-words.js'
import { listWorkers } from './list-workers.js'
import { operationsOf } from './control-parts.js'
import { queueOverview } from './queue-overview.js'

/** Age from which a ready task is a warning, ms. */
const OLD = 600_000

/** Checks the store, the queues and the workers. */
export async function diagnose(parts: ControlParts): Promise<Diagnosis> {
  const { broker } = parts
  const operations = operationsOf(parts, 'what a diagnosis needs')
  let names: readonly string[]
  try {
    names = await broker.queues()
  } catch (error) {
    const fault = check('store', 'fault', errorMessage(error), 'start the store, or correct dataStore')
    return { healthy: false, checks: [fault] }
  }
  const queues = await Promise.all([...names].sort().map((name) => queueOverview(broker, operations, name)))
  const checks = [
    check('store', 'ok', `${broker.address} answers; it has ${String(queues.length)} queues`),
    ...checkWorkers(await listWorkers(parts)),
    ...queues.flatMap(checkQueue),
  ]
  return { healthy: !checks.some(({ state }) => state === 'fault'), checks }
}

function check(name: string, state: DoctorCheck['state'], says: string, fix: string | null = null): DoctorCheck {
  return { name, state, says, fix }
}

function checkWorkers(workers: readonly WorkerOverview[]): DoctorCheck[] {
  const lost = workers.filter(({ state }) => state === 'lost')
  const alive = workers.length - lost.length
  const found = [check('workers', 'ok', `${String(alive)} workers are alive`)]
  for (const { name, held } of lost) {
    const says = `worker ${name} has not renewed its lease in time; it holds ${String(held)} tasks`
    found.push(check('worker-lost', 'warning', says, 'another worker takes them over; look at the log of the lost one'))
  }
  return found
}

function checkQueue(queue: QueueOverview): DoctorCheck[] {
  const { name, paused, ready, workers, oldestReady, suspects } = queue
  const found: DoctorCheck[] = []
  if (ready > 0 && workers === 0) {
    const says = `queue ${name} has ${String(ready)} ready tasks and no worker`
    found.push(check('queue-without-worker', 'fault', says, `start one: pq start --task-queues ${name}`))
  }
  if (paused) {
    const says = `queue ${name} is paused; ${String(ready)} tasks are ready`
    found.push(check('queue-paused', 'warning', says, `pq resume ${name}`))
  } else if (workers > 0 && oldestReady !== null && oldestReady > OLD) {
    const says = `a task of queue ${name} waits since ${inWords(oldestReady)}`
    found.push(check('queue-slow', 'warning', says, `add workers; pq ls ${name} --state ready shows the tasks`))
  }
  if (suspects > 0) {
    const says = `${String(suspects)} tasks of queue ${name} were running in a process that died`
    found.push(check('suspects', 'warning', says, 'few run at once until a run has shown that they are not to blame'))
  }
  return found.length > 0 ? found : [check('queue', 'ok', `queue ${name} is well`)]
}
