import type { PulsarErrorCode } from '../errors.js'
import { isPulsarError } from '../errors.js'
import { errorMessage, toError } from '../util/thrown.js'
import { performance } from '../util/timers.js'
import type { ControlParts } from './control-parts.js'

/** Errors of the store as a whole: where all queues meet one, there is nothing to show. */
const OF_STORE: readonly PulsarErrorCode[] = [
  'PQ_BROKER_UNREACHABLE',
  'PQ_BROKER_VERSION',
  'PQ_CLOSED',
  'PQ_EMBEDDED_DIRECTORY',
  'PQ_NOT_KEPT',
]

/** A queue with what was seen of it, or with the error that kept it from being seen. */
export type Looked<T> = { readonly queue: string; readonly look: T } | { readonly queue: string; readonly error: Error }

/** Told of a queue that cannot be read. */
export type UnreadTeller = (queue: string, error: Error) => void

/**
 * Looks at each queue, in order. One that cannot be read, as another program has written one of its keys, hides none of the others.
 *
 * @throws what the first has met, where the store answers for none
 */
export async function lookAtEach<T>(
  queues: readonly string[],
  look: (queue: string) => Promise<T>,
): Promise<Looked<T>[]> {
  const looked = await Promise.all(
    queues.map(async (queue): Promise<Looked<T>> => {
      try {
        return { queue, look: await look(queue) }
      } catch (error) {
        return { queue, error: toError(error) }
      }
    }),
  )
  const errors = looked.flatMap((each) => ('error' in each && isOfStore(each.error) ? [each.error] : []))
  if (errors[0] !== undefined && errors.length === looked.length) throw errors[0]
  return looked
}

/** The same for what has no place for a queue that cannot be read: somebody is told, and the others are there. */
export async function readEach<T>(
  queues: readonly string[],
  look: (queue: string) => Promise<T>,
  tell: UnreadTeller,
): Promise<T[]> {
  return (await lookAtEach(queues, look)).flatMap((each) => {
    if (!('error' in each)) return [each.look]
    tell(each.queue, each.error)
    return []
  })
}

/** Whether an error says nothing of one queue, as the store itself does not answer. */
export function isOfStore(error: unknown): boolean {
  return isPulsarError(error) && OF_STORE.includes(error.code)
}

/** Time for which the log is not told the same again, ms: some look every other second. */
const TOLD_FOR = 600_000

/** When the log was told what. */
const told = new WeakMap<ControlParts['broker'], Map<string, number>>()

/** Tells the log. @param what - is missing then: `problems` */
export function toLog({ broker, logger }: Pick<ControlParts, 'broker' | 'logger'>, what: string): UnreadTeller {
  return (queue, error) => {
    const text = `queue ${queue} cannot be read, so its ${what} are missing: ${errorMessage(error)}`
    const known = told.get(broker) ?? new Map<string, number>()
    told.set(broker, known)
    const now = performance.now()
    if (now - (known.get(text) ?? -Infinity) < TOLD_FOR) return
    for (const [other, at] of known) if (now - at >= TOLD_FOR) known.delete(other)
    known.set(text, now)
    logger.error(text)
  }
}
