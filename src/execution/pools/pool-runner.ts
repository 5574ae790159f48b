import type { Encoded } from '../../util/encoded.js'
import { toBytes } from '../../util/encoded.js'
import { encodeCall } from '../../serializers/task-codec.js'
import type { Serializer } from '../../serializers/serializer.js'
import { EncodedOutcome } from '../encoded-outcome.js'
import type { Runner } from '../executor.js'
import type { Run } from '../run.js'
import type { Pool } from './pool.js'
import type { RunCalls } from './pool-run.js'

/** What the runner of a pool is made of. */
export interface PoolRunnerParts {
  readonly pool: Pool
  readonly serializer: Serializer
  readonly workerName: string
  /** What a run may ask of this process. */
  readonly calls: (run: Run) => RunCalls
}

/** Runs jobs in the members of a pool. The job's arguments are bound there; the clock starts when there is a member. */
export function poolRunner({ pool, serializer, workerName, calls }: PoolRunnerParts): Runner {
  return async (run, _positional, begin) => {
    const { claimed, call, queue } = run
    // A copy of its own: what is claimed is a part of a whole reply.
    const bytes = new Uint8Array(claimed.body.length > 0 ? claimed.body : toBytes(encodeCall(serializer, call)))
    const start = (number: number) => {
      begin()
      const task = { queue, claimed: { ...claimed, body: bytes }, timeout: run.timeout, worker: workerName }
      return { kind: 'start', run: number, task } as const
    }
    return new EncodedOutcome((await pool.run(run, start, calls(run))) as Encoded)
  }
}
