import { isPulsarError } from '../errors.js'
import { errorMessage } from '../util/thrown.js'
import type { DoctorCheck } from './looks.js'

/** The queues that a diagnosis could not read, or not wholly, each with what has kept it from that first. */
export class UnreadQueues {
  readonly #errors = new Map<string, Error>()

  readonly add = (queue: string, error: Error): void => {
    if (!this.#errors.has(queue)) this.#errors.set(queue, error)
  }

  /** A fault for each of those that are meant. */
  checks(isMeant: (queue: string) => boolean): DoctorCheck[] {
    return [...this.#errors].filter(([queue]) => isMeant(queue)).map(([queue, error]) => checkOf(queue, error))
  }
}

function checkOf(queue: string, error: Error): DoctorCheck {
  const check = { name: 'queue-unreadable', state: 'fault' } as const
  if (isPulsarError(error, 'PQ_KEY_TYPE') && error.key !== null) {
    const { key, expected, received } = error
    return {
      ...check,
      says: `queue ${queue} cannot be read: its key ${key} is a ${received} and not a ${expected}, as another program has written it`,
      fix: 'rename or delete the key (RENAME, DEL), and keep that program away by another database or namespace',
    }
  }
  const fix = 'do what this says; the other queues were checked'
  return { ...check, says: `queue ${queue} cannot be read: ${errorMessage(error)}`, fix }
}
