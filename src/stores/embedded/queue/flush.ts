import type { QueueTransaction } from '../tables/queue-transaction.js'

/** Operations are remembered this long, ms. */
const REMEMBERED = 600_000

/** Drops what waits. An operation that was done already gives its first answer. @returns how many tasks */
export function flush({ store, id, now }: QueueTransaction, operation: string): number {
  const key = `${String(id)} ${operation}`
  const known = store.queue.sql('SELECT answer FROM operation WHERE id = ?').get(key) as { answer: number } | undefined
  if (known) return known.answer
  const dropped = store.queue.sql('DELETE FROM task WHERE queue = ? AND state IN (0, 1)').run(id).changes
  store.queue.sql('DELETE FROM operation WHERE at < ?').run(now - REMEMBERED)
  store.queue.sql('INSERT INTO operation (id, answer, at) VALUES (?, ?, ?)').run(key, dropped, now)
  return dropped
}
