import type { LeaseState, WorkerSpec } from '../../broker.js'
import { BOOT_ID, monotonic } from '../database/clock.js'
import type { Store } from '../store.js'

/** A row of `lease`. */
export interface LeaseRow {
  readonly worker: string
  readonly slots: number
  readonly boot: string
  readonly expires: number
  readonly suspected: number | null
  readonly condemned: number
}

/** A condemned worker's id is remembered this long, ms: nobody who still uses it is that late. */
const REMEMBERED = 86_400_000

/** How leases.db names a queue. */
export function leaseKey(namespace: string, queue: string): string {
  return `${namespace}\n${queue}`
}

/** Whether a worker has a lease that nobody gave up: one that ran out counts until it is condemned. */
export function isLeased(store: Store, key: string, worker: string): boolean {
  const sql = 'SELECT 1 FROM lease WHERE queue = ? AND worker = ? AND condemned = 0'
  return store.leases.sql(sql).get(key, worker) !== undefined
}

/** Makes a lease. @returns `lost` for a worker that was condemned */
export function grantLease(store: Store, key: string, { id, slots, leaseTtl }: WorkerSpec): LeaseState {
  const sql = `INSERT INTO lease (queue, worker, slots, ttl, boot, expires) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (queue, worker) DO UPDATE SET slots = excluded.slots, ttl = excluded.ttl, boot = excluded.boot,
    expires = excluded.expires, suspected = NULL WHERE condemned = 0`
  const { changes } = store.leases.sql(sql).run(key, id, slots, leaseTtl, BOOT_ID, monotonic() + leaseTtl)
  return changes === 1 ? 'held' : 'lost'
}

/** Extends a lease that is there. */
export function renewLease(store: Store, key: string, worker: string): LeaseState {
  const sql = `UPDATE lease SET expires = ? + ttl, boot = ?, suspected = NULL
    WHERE queue = ? AND worker = ? AND condemned = 0`
  return store.leases.sql(sql).run(monotonic(), BOOT_ID, key, worker).changes === 1 ? 'held' : 'lost'
}

/** Ends a lease that was given up. That a worker was condemned is not forgotten by it. */
export function dropLease(store: Store, key: string, worker: string): void {
  store.leases.sql('DELETE FROM lease WHERE queue = ? AND worker = ? AND condemned = 0').run(key, worker)
}

/** Leases that ran out, and those of the condemned that still have tasks to move. */
export function expiredLeases(store: Store, key: string): LeaseRow[] {
  const sql = 'SELECT * FROM lease WHERE queue = ? AND condemned < 2 AND (condemned = 1 OR boot <> ? OR expires <= ?)'
  return store.leases.sql(sql).all(key, BOOT_ID, monotonic()) as unknown as LeaseRow[]
}

/** The first look at an expired worker. A mark from before a start of the machine is made anew. */
export function suspectLease(store: Store, key: string, worker: string): void {
  const now = monotonic()
  const sql = `UPDATE lease SET suspected = ? WHERE queue = ? AND worker = ? AND (suspected IS NULL OR suspected > ?)`
  store.leases.sql(sql).run(now, key, worker, now)
}

/** Whether the first look is long enough ago. */
export function isDueToDie({ suspected }: LeaseRow, grace: number): boolean {
  const since = suspected === null ? -1 : monotonic() - suspected
  return since >= 0 && since >= grace
}

/** @returns whether it was still expired: a renewal may have come in between */
export function condemnLease(store: Store, key: string, worker: string): boolean {
  const sql = 'UPDATE lease SET condemned = 1 WHERE queue = ? AND worker = ? AND (boot <> ? OR expires <= ?)'
  return store.leases.sql(sql).run(key, worker, BOOT_ID, monotonic()).changes === 1
}

/** A worker that holds tasks without a lease: its lease was lost with leases.db. */
export function condemnUnleased(store: Store, key: string, worker: string): boolean {
  const sql = `INSERT OR IGNORE INTO lease (queue, worker, slots, ttl, boot, expires, condemned)
    VALUES (?, ?, 0, 0, ?, ?, 1)`
  return store.leases.sql(sql).run(key, worker, BOOT_ID, monotonic()).changes === 1
}

/** Nothing of a condemned worker is left to move. Forgets those of long ago. */
export function buryLeases(store: Store, key: string, workers: readonly string[]): void {
  const bury = store.leases.sql('UPDATE lease SET condemned = 2 WHERE queue = ? AND worker = ? AND condemned = 1')
  for (const worker of workers) bury.run(key, worker)
  const sql = 'DELETE FROM lease WHERE condemned = 2 AND (boot <> ? OR expires < ?)'
  store.leases.sql(sql).run(BOOT_ID, monotonic() - REMEMBERED)
}
