import { FAILURE, SUCCESS } from '../model/task-state.js'
import type { Encoded } from '../model/encoded.js'
import type { Serializer } from '../serializers/serializer.js'
import { decodeReport } from '../serializers/task-codec.js'
import type { RunFacts, RunOutcome } from '../telemetry/telemetry.js'
import type { RunEnd } from './run-end.js'
import type { Run } from './run.js'

/** What telemetry learns of a run that begins. */
export function runFacts({ queue, claimed, call }: Run, worker: string): RunFacts {
  const { id, priority, run, queuedAt, dueAt, claimedAt } = claimed
  return {
    id,
    queue,
    job: call.job,
    priority,
    run,
    queuedAt,
    dueAt,
    claimedAt,
    worker,
    isTick: call.meta?.['tick'] !== undefined,
    carrier: call.carrier,
  }
}

/** What telemetry learns of its end. */
export function runOutcome(end: RunEnd, serializer: Serializer): RunOutcome {
  switch (end.kind) {
    case 'release':
      return { ...NOTHING, state: 'released' }
    case 'retry':
      return { ...errorOf(end.outcome, serializer), state: 'retried', retryIn: end.delay }
    case 'done':
      if (end.status === SUCCESS) return { ...NOTHING, state: 'succeeded' }
      return {
        ...errorOf(end.outcome, serializer),
        state: end.status === FAILURE ? 'failed' : 'revoked',
        retryIn: null,
      }
  }
}

const NOTHING = { errorType: null, message: null, retryIn: null }

function errorOf(outcome: Encoded, serializer: Serializer): Pick<RunOutcome, 'errorType' | 'message'> {
  const { error = null, details } = decodeReport(serializer, outcome)
  const type = details?.code ?? details?.name
  return { errorType: type === undefined ? null : String(type), message: error }
}
