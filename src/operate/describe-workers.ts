import { workerOfId } from '../model/worker-id.js'
import type { WorkerDescription } from '../model/worker-order.js'
import type { LeasedWorker } from '../stores/operations-store.js'
import { askWorker } from './ask-worker.js'
import type { ControlParts } from './control-parts.js'
import { performance } from '../util/timers.js'
import { userAtHost } from './run-act.js'

/** Most workers that are asked, and time in which they answer, ms. */
const MOST_ASKED = 50
const PATIENCE = 1_000

/** What a worker says of itself and of a job. */
export interface DescribedWorker {
  readonly name: string
  /** `unheard`: nobody has heard the question. `silent`: no answer has come in time. */
  readonly answer: 'given' | 'unheard' | 'silent'
  /** Null: it has not answered in time. */
  readonly description: WorkerDescription | null
  /** When it has answered, ms by the monotonic clock of this process. */
  readonly at: number
}

/** Asks the workers of a queue. @param job - of which they say whether they know it */
export async function describeWorkers(
  parts: ControlParts,
  queue: string,
  workers: readonly LeasedWorker[],
  job: string,
): Promise<DescribedWorker[]> {
  const asked = workers.filter(({ state }) => state === 'alive').slice(0, MOST_ASKED)
  const question = { order: { act: 'describe', job }, by: userAtHost(), patience: PATIENCE } as const
  return await Promise.all(
    asked.map(async ({ id }) => {
      const answer = await askWorker(parts, [{ queue, id }], question)
      const [name, at] = [workerOfId(id), performance.now()]
      if (typeof answer === 'string') return { name, answer, description: null, at }
      return { name, answer: 'given' as const, description: answer.description ?? null, at }
    }),
  )
}
