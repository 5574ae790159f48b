import type { LockRequest, LockStore } from '../locks/lock-store.js'
import type { Deferred } from '../util/deferred.js'
import { deferred } from '../util/deferred.js'

interface Asked {
  readonly request: LockRequest
  readonly answer: Deferred<number | null>
}

/** Asks for places: all that one turn of the event loop asks of a name is one call. Made by {@link Limits}. */
export class Admissions {
  readonly #asked = new Map<string, Asked[]>()

  constructor(
    private readonly store: LockStore,
    /** ms */
    private readonly ttl: number,
  ) {}

  /** @returns the fence of the place; null when there is none. @throws what the store throws */
  async ask(name: string, request: LockRequest): Promise<number | null> {
    const answer = deferred<number | null>()
    const asked = this.#asked.get(name)
    if (asked) asked.push({ request, answer })
    else {
      this.#asked.set(name, [{ request, answer }])
      setImmediate(() => void this.#send(name))
    }
    return await answer.promise
  }

  async #send(name: string): Promise<void> {
    const asked = this.#asked.get(name) ?? []
    this.#asked.delete(name)
    try {
      const requests = asked.map(({ request }) => request)
      const { answers } = await this.store.acquire(name, requests, this.ttl, 0)
      asked.forEach(({ answer }, i) => {
        answer.resolve(answers[i]?.fence ?? null)
      })
    } catch (error) {
      for (const { answer } of asked) answer.reject(error)
    }
  }
}
