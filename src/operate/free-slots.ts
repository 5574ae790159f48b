import { workerOfId } from '../model/worker-id.js'
import type { LeasedWorker } from '../stores/operations-store.js'

/** The workers of one queue. */
export interface LeasesOf {
  readonly queue: string
  readonly workers: readonly LeasedWorker[]
}

/** How many tasks each worker holds in all queues that were looked at, by its name. What has died holds none. */
export function heldByWorker(looks: readonly LeasesOf[]): ReadonlyMap<string, number> {
  const held = new Map<string, number>()
  for (const worker of looks.flatMap(({ workers }) => workers)) {
    if (worker.state === 'condemned') continue
    const name = workerOfId(worker.id)
    held.set(name, (held.get(name) ?? 0) + worker.held)
  }
  return held
}

/** The slots of the workers of a queue that no task uses: one of another queue uses them too. */
export function freeSlots({ workers }: Pick<LeasesOf, 'workers'>, held: ReadonlyMap<string, number>): number {
  const alive = workers.filter(({ state }) => state === 'alive')
  return alive.reduce((sum, { id, slots }) => sum + Math.max(0, slots - (held.get(workerOfId(id)) ?? 0)), 0)
}
