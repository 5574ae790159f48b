/**
 * What a store must have done with a task before it is acknowledged, besides storing it. Plain data, so that it can be cloned
 * to threads and child processes.
 */
export interface Durability {
  /** Number of replicas that must have it; `all`: as many as the master has connected. */
  readonly replicas: number | 'all'
  /** Whether it must be on the disk of the server. */
  readonly fsync: boolean
}

/** A durability as users write it. */
export type DurabilityName = 'async' | 'replica' | `replicas:${number}` | 'all' | 'fsync' | 'fsync+replica'

/** All forms, as errors and docs name them. */
export const DURABILITY_FORMS = "'async', 'replica', 'replicas:2', 'all', 'fsync' or 'fsync+replica'"
/** Most replicas that `replicas:n` may name. */
const MOST_REPLICAS = 100

/** Stored in the memory of the master, and acknowledged. */
export const ASYNC: Durability = { replicas: 0, fsync: false }

const NAMES = new Map<string, Durability>([
  ['async', ASYNC],
  ['replica', { replicas: 1, fsync: false }],
  ['all', { replicas: 'all', fsync: false }],
  ['fsync', { replicas: 0, fsync: true }],
  ['fsync+replica', { replicas: 1, fsync: true }],
])

/** Reads a durability. @returns null for anything else */
export function readDurability(name: unknown): Durability | null {
  if (typeof name !== 'string') return null
  const count = /^replicas:([1-9]\d{0,2})$/.exec(name)?.[1]
  if (count !== undefined) return Number(count) <= MOST_REPLICAS ? { replicas: Number(count), fsync: false } : null
  return NAMES.get(name) ?? null
}
