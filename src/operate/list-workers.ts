import { nodeOfId, workerOfId } from '../model/worker-id.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import type { LeasesOf } from './free-slots.js'
import type { WorkerOverview, WorkerQueue, WorkerStatus } from './looks.js'
import { readEach, toLog } from './read-each.js'

/** The workers that have a lease in a queue, by name. */
export async function listWorkers(parts: ControlParts): Promise<WorkerOverview[]> {
  const operations = operationsOf(parts, 'workers')
  const names = [...(await parts.broker.queues())].sort()
  const look = async (queue: string): Promise<LeasesOf> => ({ queue, ...(await operations.inspect(queue)) })
  return workersOf(await readEach(names, look, toLog(parts, 'workers')))
}

/** The workers that looks at queues have seen. */
export function workersOf(looks: readonly LeasesOf[]): WorkerOverview[] {
  const byName = new Map<string, WorkerQueue[]>()
  for (const { queue, workers } of looks) {
    for (const { id, slots, held, expiresIn, state } of workers) {
      const name = workerOfId(id)
      byName.set(name, [...(byName.get(name) ?? []), { queue, id, slots, held, expiresIn, state }])
    }
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, queues]) => overviewOf(name, queues, null))
}

/** The workers of some queues, as far as they concern these. */
export function workersIn(workers: readonly WorkerOverview[], isMeant: (queue: string) => boolean): WorkerOverview[] {
  return workers.flatMap((worker) => {
    const queues = worker.queues.filter(({ queue }) => isMeant(queue))
    if (queues.length === worker.queues.length) return [worker]
    return queues.length === 0 ? [] : [overviewOf(worker.name, queues, worker.status)]
  })
}

/** A worker with what it says of itself. */
export function withStatus({ name, queues }: WorkerOverview, status: WorkerStatus | null): WorkerOverview {
  return overviewOf(name, queues, status)
}

/** Whether a worker has told the store that it claims no more: it offers no slot. */
export function offersNoSlot(queues: readonly WorkerQueue[]): boolean {
  const alive = queues.filter(({ state }) => state === 'alive')
  return alive.length > 0 && alive.every(({ slots }) => slots === 0)
}

function overviewOf(name: string, queues: readonly WorkerQueue[], status: WorkerStatus | null): WorkerOverview {
  return {
    name,
    node: nodeOfId(name),
    state: stateOf(queues, status),
    queues,
    held: queues.reduce((sum, { held }) => sum + held, 0),
    status,
  }
}

/** What the worker has said of itself counts, so that its state and its status never contradict each other. */
function stateOf(queues: readonly WorkerQueue[], status: WorkerStatus | null): WorkerOverview['state'] {
  if (!queues.some(({ state }) => state === 'alive')) return 'lost'
  return (status?.quiet ?? offersNoSlot(queues)) ? 'quiet' : 'alive'
}
