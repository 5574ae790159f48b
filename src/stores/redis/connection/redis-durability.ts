import type { DurabilityName } from '../../../model/durability.js'

/** What servers must have done with a task before it is acknowledged, besides storing it in the memory of the master. */
export interface Needs {
  /** Number of replicas that must have it; `all`: as many as the master has connected, one at least. */
  readonly replicas: number | 'all'
  /** Whether it must be in the log on the disk of the master. */
  readonly fsync: boolean
}

/** What a durability of Redis asks for; null: nothing. */
export function needsOf(durability: DurabilityName): Needs | null {
  if (durability === 'all') return { replicas: 'all', fsync: false }
  const fsync = durability.startsWith('fsync')
  const replicas = Number(/^replicas:(\d+)$/.exec(durability)?.[1] ?? (durability.endsWith('replica') ? 1 : 0))
  return fsync || replicas > 0 ? { replicas, fsync } : null
}
