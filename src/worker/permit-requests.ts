import type { OfferedPermit, PermitRequest, PermitStore } from '../stores/permit-store.js'
import type { Deferred } from '../util/deferred.js'
import { deferred } from '../util/deferred.js'
import { setImmediate } from '../util/timers.js'

interface PendingRequest {
  readonly request: PermitRequest
  /** The fence of the permit; null when there is none. */
  readonly answer: Deferred<number | null>
}

/** Requests permits. All requests for one name in one turn of the event loop are one call. Created by the limiter. */
export class PermitRequests {
  readonly #pending = new Map<string, PendingRequest[]>()

  constructor(
    private readonly store: PermitStore,
    /** ms */
    private readonly ttl: number,
    /** Called with permits that the same call has offered to waiters. */
    private readonly onOffered: (name: string, max: number, offered: readonly OfferedPermit[]) => void,
  ) {}

  /**
   * @param waitTtl - ms for which a refused request keeps waiting, 0: not at all; the same for all requests of a name
   * @returns the fence of the permit; null when there is none
   * @throws what the store throws
   */
  async acquire(name: string, request: PermitRequest, waitTtl: number): Promise<number | null> {
    const answer = deferred<number | null>()
    const pending = this.#pending.get(name)
    if (pending) pending.push({ request, answer })
    else {
      this.#pending.set(name, [{ request, answer }])
      setImmediate(() => void this.#send(name, waitTtl))
    }
    return await answer.promise
  }

  async #send(name: string, waitTtl: number): Promise<void> {
    const pending = this.#pending.get(name) ?? []
    this.#pending.delete(name)
    const requests = pending.map(({ request }) => request)
    try {
      const { answers, offered } = await this.store.acquire(name, requests, this.ttl, waitTtl)
      pending.forEach(({ answer }, i) => {
        answer.resolve(answers[i]?.fence ?? null)
      })
      const max = Math.min(...requests.map((request) => request.max))
      if (offered.length > 0) this.onOffered(name, max, offered)
    } catch (error) {
      for (const { answer } of pending) answer.reject(error)
    }
  }
}
