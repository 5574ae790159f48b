import { randomUUID } from 'node:crypto'
import type { OrderAnswer, SentOrder, WorkerOrder } from '../model/worker-order.js'
import { deadline } from '../util/deadline.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'

/** What is asked of a worker. */
interface Question {
  readonly order: WorkerOrder
  readonly by: string
  /** Time in which it answers, ms. */
  readonly patience: number
}

/**
 * Sends an order to one worker, and awaits its answer.
 *
 * @param leases - of the worker: an order that comes by any of them reaches the same process
 * @returns `unheard`: nobody has heard it. `silent`: no answer has come in time
 */
export async function askWorker(
  parts: ControlParts,
  leases: readonly { readonly queue: string; readonly id: string }[],
  { order, by, patience }: Question,
): Promise<OrderAnswer | 'unheard' | 'silent'> {
  const operations = operationsOf(parts, 'orders to workers')
  const answer = `order:${randomUUID()}`
  let settle: (given: OrderAnswer | 'silent') => void = () => undefined
  const answered = new Promise<OrderAnswer | 'silent'>((resolve) => (settle = resolve))
  const subscription = await parts.pubsub.subscribe(answer, (_, payload) => {
    settle(JSON.parse(Buffer.from(payload).toString()) as OrderAnswer)
  })
  const timer = deadline(() => {
    settle('silent')
  }, patience)
  try {
    const sent: SentOrder = { order, answer, by }
    for (const { queue, id } of leases) {
      if (await operations.order(queue, id, JSON.stringify(sent))) return await answered
    }
    return 'unheard'
  } finally {
    timer.clear()
    await subscription.close()
  }
}
