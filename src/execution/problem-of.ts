import { createHash } from 'node:crypto'
import type { ProblemReport } from '../model/problem.js'
import { blankMessage } from './blank-message.js'
import { ownLine } from './own-line.js'
import { startOf } from '../util/cut-text.js'

/** A failure, as far as its problem depends on it. */
export interface FailureFacts {
  readonly job: string
  /** Arguments of the task. */
  readonly args: unknown
  /** Class of the error. */
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
}

/** Characters of a fingerprint: among 500 of a queue, two are alike once in a million queues. */
const LENGTH = 12
const LONGEST_NAME = 100

/** The problem that a failure belongs to. */
export function problemOf(failure: FailureFacts, version: string | null): ProblemReport {
  const error = startOf(failure.name, LONGEST_NAME)
  const message = blankMessage(failure.message, failure.args)
  const parts = [failure.job, error, message, ownLine(failure.stack)]
  const id = createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, LENGTH)
  return { id, error, message, version }
}
