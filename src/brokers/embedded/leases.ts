import type { LeaseState, WorkerSpec } from '../broker.js'
import { BOOT_ID, monotonic } from './clock.js'
import type { Store } from './store.js'

/** A row of `lease`. */
export interface LeaseRow {
  readonly worker: string
  readonly slots: number
  readonly boot: string
  readonly expires: number
  readonly suspected: number | null
  readonly condemned: number
}

/** How leases.db names a queue. */
function keyOf(store: Store, queue: string): string {
  return `${store.location.namespace}\n${queue}`
}

/** Whether a worker has a lease that nobody gave up: one that ran out counts until it is condemned. */
export function isLeased(store: Store, queue: string, worker: string): boolean {
  const sql = 'SELECT 1 FROM lease WHERE queue = ? AND worker = ? AND condemned = 0 AND boot = ?'
  return store.leaseSql(sql).get(keyOf(store, queue), worker, BOOT_ID) !== undefined
}

/** Makes a lease. @returns `lost` for a worker that was condemned */
export function grantLease(store: Store, queue: string, { id, slots, leaseTtl }: WorkerSpec): LeaseState {
  const sql = `INSERT INTO lease (queue, worker, slots, ttl, boot, expires) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (queue, worker) DO UPDATE SET slots = excluded.slots, ttl = excluded.ttl, expires = excluded.expires,
    suspected = NULL WHERE condemned = 0`
  const { changes } = store.leaseSql(sql).run(keyOf(store, queue), id, slots, leaseTtl, BOOT_ID, monotonic() + leaseTtl)
  return Number(changes) === 1 ? 'held' : 'lost'
}

/** Extends a lease that is there. */
export function renewLease(store: Store, queue: string, worker: string): LeaseState {
  const sql =
    'UPDATE lease SET expires = ? + ttl, suspected = NULL WHERE queue = ? AND worker = ? AND condemned = 0 AND boot = ?'
  const { changes } = store.leaseSql(sql).run(monotonic(), keyOf(store, queue), worker, BOOT_ID)
  return Number(changes) === 1 ? 'held' : 'lost'
}

export function dropLease(store: Store, queue: string, worker: string): void {
  store.leaseSql('DELETE FROM lease WHERE queue = ? AND worker = ?').run(keyOf(store, queue), worker)
}

/** Leases that ran out, condemned ones included. */
export function expiredLeases(store: Store, queue: string): LeaseRow[] {
  const sql = 'SELECT * FROM lease WHERE queue = ? AND (condemned = 1 OR boot <> ? OR expires <= ?)'
  return store.leaseSql(sql).all(keyOf(store, queue), BOOT_ID, monotonic()) as unknown as LeaseRow[]
}

/** The first look at an expired worker. */
export function suspectLease(store: Store, queue: string, worker: string): void {
  const sql = 'UPDATE lease SET suspected = ? WHERE queue = ? AND worker = ? AND suspected IS NULL'
  store.leaseSql(sql).run(monotonic(), keyOf(store, queue), worker)
}

/** Whether the first look is long enough ago. A worker of another start of the machine is dead for certain. */
export function isDueToDie({ suspected, boot }: LeaseRow, grace: number): boolean {
  return boot !== BOOT_ID || (suspected !== null && monotonic() - suspected >= grace)
}

/** @returns whether it was still expired: a renewal may have come in between */
export function condemnLease(store: Store, queue: string, worker: string): boolean {
  const sql = 'UPDATE lease SET condemned = 1 WHERE queue = ? AND worker = ? AND (boot <> ? OR expires <= ?)'
  return Number(store.leaseSql(sql).run(keyOf(store, queue), worker, BOOT_ID, monotonic()).changes) === 1
}
