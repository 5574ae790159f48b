import type { PermitRequest, PermitStore, OfferedPermit } from '../stores/permit-store.js'
import type { Deferred } from '../util/deferred.js'
import { deferred } from '../util/deferred.js'

interface Asked {
  readonly request: PermitRequest
  readonly answer: Deferred<number | null>
}

/** Asks for places: all that one turn of the event loop asks of a name is one call. Made by {@link Limits}. */
export class Admissions {
  readonly #asked = new Map<string, Asked[]>()

  constructor(
    private readonly store: PermitStore,
    /** ms */
    private readonly ttl: number,
    /** Told of places that were set aside meanwhile for others. */
    private readonly passOn: (name: string, max: number, offered: readonly OfferedPermit[]) => void,
  ) {}

  /**
   * @param waitTtl - as of {@link PermitStore.acquire}; the same for all that ask for a name
   * @returns the fence of the place; null when there is none
   * @throws what the store throws
   */
  async ask(name: string, request: PermitRequest, waitTtl: number): Promise<number | null> {
    const answer = deferred<number | null>()
    const asked = this.#asked.get(name)
    if (asked) asked.push({ request, answer })
    else {
      this.#asked.set(name, [{ request, answer }])
      setImmediate(() => void this.#send(name, waitTtl))
    }
    return await answer.promise
  }

  async #send(name: string, waitTtl: number): Promise<void> {
    const asked = this.#asked.get(name) ?? []
    this.#asked.delete(name)
    try {
      const requests = asked.map(({ request }) => request)
      const { answers, offered } = await this.store.acquire(name, requests, this.ttl, waitTtl)
      asked.forEach(({ answer }, i) => {
        answer.resolve(answers[i]?.fence ?? null)
      })
      const max = Math.min(...requests.map((request) => request.max))
      if (offered.length > 0) this.passOn(name, max, offered)
    } catch (error) {
      for (const { answer } of asked) answer.reject(error)
    }
  }
}
