import type { LeaseState, RenewReply, WorkerSpec } from '../../broker.js'
import type { LeasedWorker, LostWorker } from '../../operations-store.js'
import { CONDEMNED_TTL, HEARTBEATS_OF_LEASE, LOST_TTL, MOST_LOST, SHORTEST_HEARTBEAT } from '../../policy.js'
import { BOOT_ID, monotonic } from '../database/clock.js'
import type { DatabaseConnection } from '../database/database-connection.js'

/** A row of `lease`. */
export interface LeaseRow {
  readonly worker: string
  readonly slots: number
  readonly boot: string
  readonly expires: number
  readonly suspected: number | null
  readonly condemned: number
}

/** The name of a queue in leases.db. */
export function leaseKey(namespace: string, queue: string): string {
  return `${namespace}\n${queue}`
}

/** The workers that have a lease, or were condemned while tasks of theirs are not all requeued. */
export function leasedWorkers(leases: DatabaseConnection, key: string): readonly string[] {
  const rows = leases.sql('SELECT worker FROM lease WHERE queue = ? AND condemned < 2').all(key) as { worker: string }[]
  return rows.map(({ worker }) => worker)
}

/** The workers with a lease and slots. */
export function claimingWorkers(leases: DatabaseConnection, key: string): readonly string[] {
  const sql = 'SELECT worker FROM lease WHERE queue = ? AND condemned = 0 AND slots > 0'
  const rows = leases.sql(sql).all(key) as { worker: string }[]
  return rows.map(({ worker }) => worker)
}

/** The leases of a queue that are not over, for those who look at it. */
export function leasesOf(leases: DatabaseConnection, key: string): Omit<LeasedWorker, 'held'>[] {
  const rows = leases.sql('SELECT * FROM lease WHERE queue = ? AND condemned < 2 ORDER BY worker').all(key)
  const now = monotonic()
  return (rows as unknown as (LeaseRow & { ttl: number })[]).map(({ worker, slots, ttl, boot, expires, condemned }) => {
    const expiresIn = boot === BOOT_ID ? Math.round(expires - now) : 0
    const state = condemned === 1 ? 'condemned' : expiresIn <= 0 ? 'overdue' : 'alive'
    return { id: worker, slots, leaseTtl: ttl, expiresIn, state }
  })
}

/** The workers of a queue that have died of late, the latest first. @param now - ms since the epoch */
export function lostWorkers(leases: DatabaseConnection, key: string, now: number): LostWorker[] {
  const sql = `SELECT worker, expires FROM lease WHERE queue = ? AND condemned = 2 AND boot = ? AND expires > ?
    ORDER BY expires DESC LIMIT 0 + ?`
  const since = monotonic()
  const rows = leases.sql(sql).all(key, BOOT_ID, since - LOST_TTL, MOST_LOST) as { worker: string; expires: number }[]
  return rows.map(({ worker, expires }) => ({ id: worker, at: Math.round(now - (since - expires)) }))
}

/** Makes a lease, or extends it. @returns `lost` for a worker that was condemned */
export function grantLease(leases: DatabaseConnection, key: string, { id, slots, leaseTtl }: WorkerSpec): LeaseState {
  const sql = `INSERT INTO lease (queue, worker, slots, ttl, boot, expires) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (queue, worker) DO UPDATE SET slots = excluded.slots, ttl = excluded.ttl, boot = excluded.boot,
    expires = excluded.expires, suspected = NULL WHERE condemned = 0`
  const { changes } = leases.sql(sql).run(key, id, slots, leaseTtl, BOOT_ID, monotonic() + leaseTtl)
  return changes === 1 ? 'held' : 'lost'
}

/**
 * Extends a lease.
 *
 * @returns `lost` where there is none; `overdue` where the caller is the one that reclaims what an expired worker holds
 */
export function renewLease(leases: DatabaseConnection, key: string, worker: string): RenewReply {
  const sql = `UPDATE lease SET expires = ? + ttl, boot = ?, suspected = NULL
    WHERE queue = ? AND worker = ? AND condemned = 0 RETURNING ttl`
  const renewed = leases.sql(sql).get(monotonic(), BOOT_ID, key, worker) as { ttl: number } | undefined
  if (!renewed) return 'lost'
  return hasOverdue(leases, key) && becomesSweeper(leases, key, renewed.ttl) ? 'overdue' : 'held'
}

/** The condition of `expiredLeases`, by three ranges of the index. */
const OVERDUE = `SELECT 1 FROM lease WHERE queue = ?1 AND boot = ?2 AND expires <= ?3 AND condemned < 2
  UNION ALL SELECT 1 FROM lease WHERE queue = ?1 AND boot < ?2 AND condemned < 2
  UNION ALL SELECT 1 FROM lease WHERE queue = ?1 AND boot > ?2 AND condemned < 2 LIMIT 1`

function hasOverdue(leases: DatabaseConnection, key: string): boolean {
  return leases.sql(OVERDUE).get(key, BOOT_ID, monotonic()) !== undefined
}

/** Of all workers that ask within a heartbeat the first one reclaims: each pass costs as much as there are dead workers. */
function becomesSweeper(leases: DatabaseConnection, key: string, ttl: number): boolean {
  const now = monotonic()
  const heartbeat = Math.max(SHORTEST_HEARTBEAT, Math.floor(ttl / HEARTBEATS_OF_LEASE))
  const sql = `INSERT INTO sweep (queue, boot, at) VALUES (?1, ?2, ?3) ON CONFLICT (queue)
    DO UPDATE SET boot = ?2, at = ?3 WHERE boot <> ?2 OR at <= ?4`
  return leases.sql(sql).run(key, BOOT_ID, now, now - heartbeat).changes === 1
}

/** Notes that overdue workers are looked at now. */
export function noteSweep(leases: DatabaseConnection, key: string): void {
  leases.sql('INSERT OR REPLACE INTO sweep (queue, boot, at) VALUES (?, ?, ?)').run(key, BOOT_ID, monotonic())
}

/** Forgets when overdue workers of a queue were looked at: the queue is forgotten. */
export function forgetSweeps(leases: DatabaseConnection, key: string): void {
  leases.sql('DELETE FROM sweep WHERE queue = ?').run(key)
}

/** Ends the lease of a worker that leaves. A condemned worker stays condemned. */
export function endLease(leases: DatabaseConnection, key: string, worker: string): void {
  leases.sql('DELETE FROM lease WHERE queue = ? AND worker = ? AND condemned = 0').run(key, worker)
}

/** Leases that have expired, and those of condemned workers whose tasks are not all requeued. */
export function expiredLeases(leases: DatabaseConnection, key: string): LeaseRow[] {
  const sql = 'SELECT * FROM lease WHERE queue = ? AND condemned < 2 AND (condemned = 1 OR boot <> ? OR expires <= ?)'
  return leases.sql(sql).all(key, BOOT_ID, monotonic()) as unknown as LeaseRow[]
}

/** Suspects an expired worker, unless it is suspected already. A suspicion of an earlier start of the machine is made anew. */
export function suspectLease(leases: DatabaseConnection, key: string, worker: string): void {
  const now = monotonic()
  const sql = `UPDATE lease SET suspected = ? WHERE queue = ? AND worker = ? AND (suspected IS NULL OR suspected > ?)`
  leases.sql(sql).run(now, key, worker, now)
}

/** Whether a worker has been suspected for long enough to be condemned. */
export function isGraceOver({ suspected }: LeaseRow, grace: number): boolean {
  const since = suspected === null ? -1 : monotonic() - suspected
  return since >= 0 && since >= grace
}

/** Condemns an expired worker. @returns false when a renewal came in between */
export function condemnLease(leases: DatabaseConnection, key: string, worker: string): boolean {
  const sql = 'UPDATE lease SET condemned = 1 WHERE queue = ? AND worker = ? AND (boot <> ? OR expires <= ?)'
  return leases.sql(sql).run(key, worker, BOOT_ID, monotonic()).changes === 1
}

/** Condemns a worker that holds tasks without a lease, as after leases.db was lost. */
export function condemnUnleased(leases: DatabaseConnection, key: string, worker: string): boolean {
  const sql = `INSERT OR IGNORE INTO lease (queue, worker, slots, ttl, boot, expires, condemned)
    VALUES (?, ?, 0, 0, ?, ?, 1)`
  return leases.sql(sql).run(key, worker, BOOT_ID, monotonic()).changes === 1
}

/** Notes that all tasks of condemned workers are requeued. Forgets the workers that were condemned long ago. */
export function closeCondemned(leases: DatabaseConnection, key: string, workers: readonly string[]): void {
  const done = leases.sql('UPDATE lease SET condemned = 2 WHERE queue = ? AND worker = ? AND condemned = 1')
  for (const worker of workers) done.run(key, worker)
  const sql = 'DELETE FROM lease WHERE condemned = 2 AND (boot <> ? OR expires < ?)'
  leases.sql(sql).run(BOOT_ID, monotonic() - CONDEMNED_TTL)
}
