import { slotOfKey } from '../../lib/stores/redis/cluster/key-slot.js'
import type { Cluster, ClusterServer } from './cluster.js'

/** A queue, and the node that has it. */
export interface Place {
  readonly queue: string
  readonly slot: number
  readonly master: ClusterServer
}

/** One queue on each master. */
export async function placesOf(cluster: Cluster): Promise<Place[]> {
  const places: Place[] = []
  for (let i = 0; places.length < cluster.masters.length; i++) {
    const queue = `mail${String(i)}`
    const slot = slotOfKey(`{pq:${queue}}:s`)
    const master = await cluster.masterOf(slot)
    if (!places.some((place) => place.master === master)) places.push({ queue, slot, master })
  }
  return places
}
