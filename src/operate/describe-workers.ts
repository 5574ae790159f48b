import type { WorkerDescription } from '../model/worker-order.js'
import type { QueueInspection } from '../stores/operations-store.js'
import { askWorker } from './ask-worker.js'
import type { ControlParts } from './control-parts.js'
import { userAtHost } from './run-act.js'

/** Most workers that are asked, and time in which they answer, ms. */
const MOST_ASKED = 20
const PATIENCE = 1_000

/** What the workers of a queue say of a job. Those that do not answer at once are missing. */
export async function describeWorkers(
  parts: ControlParts,
  queue: string,
  { workers }: QueueInspection,
  job: string,
): Promise<readonly WorkerDescription[]> {
  const asked = workers.filter(({ state }) => state === 'alive').slice(0, MOST_ASKED)
  const order = { act: 'describe', job } as const
  const question = { order, by: userAtHost(), patience: PATIENCE }
  const answers = await Promise.all(asked.map(({ id }) => askWorker(parts, [{ queue, id }], question)))
  return answers.flatMap((answer) => (typeof answer === 'string' ? [] : (answer.description ?? [])))
}
