import { SUSPECT_DELAY } from '../../policy.js'
import type { QueueTransaction } from './queue-transaction.js'
import type { ReadyColumns, ReadyRow } from './task-rows.js'
import { READY_COLUMNS, readyRow } from './task-rows.js'

/** Largest company, plus one. */
const COMPANIES = 1_024

/**
 * What a row has in `suspect`: since when the task is one, and its company: how many suspects may run together with it, itself included,
 * in a worker that holds nothing else. 0: only itself.
 *
 * @param since - ms since the epoch
 */
export function suspectMark(since: number, company: number): number {
  return since * COMPANIES + Math.min(company, COMPANIES - 1)
}

/** The company of a suspect, from its mark. */
export function companyOf({ suspect }: { readonly suspect: number }): number {
  return suspect % COMPANIES
}

/** When a suspect has waited for long enough, ms since the epoch. */
export function overdueAt({ suspect }: { readonly suspect: number }): number {
  return Math.floor(suspect / COMPANIES) + SUSPECT_DELAY + 1
}

// A time to come is of a clock that was set back.
const IS_OVERDUE = '(suspect < ?2 OR suspect >= ?3)'
const BESIDE_OTHERS = `suspect % ${String(COMPANIES)} > 0 AND ${IS_OVERDUE}`
const APART = `NOT (${BESIDE_OTHERS})`

function bounds({ now }: QueueTransaction): readonly [overdue: number, toCome: number] {
  return [suspectMark(now - SUSPECT_DELAY, 0), suspectMark(now + 1, 0)]
}

/** Of the suspects that wait. */
const where = (which: string): string =>
  `FROM task WHERE queue = ?1 AND state = 5 AND suspect > 0 AND (${which}) AND ?2 < ?3`

function select(transaction: QueueTransaction, which: string, max: number): ReadyRow[] {
  const text = `SELECT ${READY_COLUMNS} ${where(which)} ORDER BY priority DESC, place LIMIT 0 + ?4`
  const sql = transaction.store.queue.lists<ReadyColumns>(text)
  return sql.all(transaction.id, ...bounds(transaction), max).map(readyRow)
}

function count(transaction: QueueTransaction, which: string, limit: number): number {
  const sql = transaction.sql(`SELECT count(*) AS count FROM (SELECT 1 ${where(which)} LIMIT 0 + ?4)`)
  return (sql.get(transaction.id, ...bounds(transaction), limit) as { count: number }).count
}

/**
 * Suspects that run beside any other tasks, as if they were none, in order: their processes have died once, beside others, and they have
 * waited for long enough for a worker that holds nothing.
 */
export function suspectsBesideOthers(transaction: QueueTransaction, max: number): ReadyRow[] {
  return select(transaction, BESIDE_OTHERS, max)
}

/** All others, in order. */
export function suspectsApart(transaction: QueueTransaction, max: number): ReadyRow[] {
  return select(transaction, APART, max)
}

/** The first suspect that runs alone, and has waited for long enough. */
export function overdueAlone(transaction: QueueTransaction): ReadyRow | undefined {
  return select(transaction, `suspect % ${String(COMPANIES)} = 0 AND ${IS_OVERDUE}`, 1)[0]
}

/** Number of suspects that wait for a worker that holds nothing, and of those that run beside others; each `limit` at most. */
export function countSuspects(transaction: QueueTransaction, limit: number): readonly [apart: number, beside: number] {
  if (!transaction.hasSuspects) return [0, 0]
  return [count(transaction, APART, limit), count(transaction, BESIDE_OTHERS, limit)]
}
