import type { ProblemState } from '../../../model/problem.js'
import type { Settlement } from '../../broker.js'
import { MOST_PROBLEMS, MOST_SAMPLES, MOST_VERSIONS, PROBLEMS_DROPPED } from '../../policy.js'
import type { QueueTransaction } from './queue-transaction.js'

export interface ProblemRow {
  readonly id: string
  readonly job: string
  readonly error: string
  readonly message: string
  readonly state: ProblemState
  readonly regressed: 0 | 1
  readonly count: number
  readonly first: number
  readonly last: number
  /** JSON. */
  readonly versions: string
  readonly samples: string
}

/** Counts the problem that the run of a settlement has met, if it has met one. */
export function noteProblem(transaction: QueueTransaction, settlement: Settlement): void {
  if (settlement.kind === 'release' || settlement.problem === undefined) return
  const { id, error, message, version } = settlement.problem
  const { id: queue, now } = transaction
  const row = transaction.sql('SELECT versions, samples FROM problem WHERE queue = ? AND id = ?').get(queue, id) as
    Pick<ProblemRow, 'versions' | 'samples'> | undefined
  if (row === undefined) {
    makeRoom(transaction)
    transaction
      .sql('INSERT INTO problem (queue, id, job, error, message, first, last) VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(queue, id, settlement.task.job, error, message, now, now)
  }
  const versions = textsOf(row?.versions ?? '[]')
  transaction
    .sql(
      `UPDATE problem SET count = count + 1, last = ?, versions = ?, samples = ?,
       regressed = CASE state WHEN 'resolved' THEN 1 ELSE regressed END,
       state = CASE state WHEN 'resolved' THEN 'open' ELSE state END WHERE queue = ? AND id = ?`,
    )
    .run(
      now,
      JSON.stringify(version === null ? versions : headed(versions, version, MOST_VERSIONS)),
      JSON.stringify(headed(textsOf(row?.samples ?? '[]'), settlement.task.id, MOST_SAMPLES)),
      queue,
      id,
    )
}

function makeRoom(transaction: QueueTransaction): void {
  const { count } = transaction.sql('SELECT count(*) AS count FROM problem WHERE queue = ?').get(transaction.id) as {
    count: number
  }
  if (count < MOST_PROBLEMS) return
  transaction
    .sql(
      `DELETE FROM problem WHERE queue = ?1 AND id IN
       (SELECT id FROM problem WHERE queue = ?1 ORDER BY last LIMIT 0 + ?2)`,
    )
    .run(transaction.id, PROBLEMS_DROPPED)
}

/** A list with a text as its head. */
function headed(list: readonly string[], text: string, most: number): readonly string[] {
  return [text, ...list.filter((each) => each !== text)].slice(0, most)
}

/** What another program has written there is an empty list. */
export function textsOf(json: string): readonly string[] {
  try {
    const list: unknown = JSON.parse(json)
    return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : []
  } catch {
    return []
  }
}
