import type { Permit } from '../locks/permit-renewer.js'
import type { Logger } from '../logging/logger.js'
import { OutageLog } from '../logging/outage-log.js'
import type { Broker } from '../stores/broker.js'
import { LASTING_HISTORY } from '../stores/store-history.js'
import { sharedClock } from '../util/clock.js'
import { errorMessage } from '../util/thrown.js'
import { afterArrived, clearInterval, setInterval } from '../util/timers.js'

/** Receives the events of a {@link Heartbeat}. */
export interface HeartbeatListener {
  /** The lease is lost, and with it all tasks that were claimed under it. */
  lost(queue: string, worker: string): void
  /** The lease of another worker of the queue is over. */
  overdue(queue: string): void
}

/** Message to the heartbeat thread. */
export type HeartbeatOrder =
  | { readonly kind: 'add' | 'remove'; readonly queue: string; readonly worker: string }
  | { readonly kind: 'keep'; readonly permit: Permit; readonly since: number }
  | { readonly kind: 'drop'; readonly permit: Permit }
  | { readonly kind: 'close' }

/** Message from the heartbeat thread. `sentAt`: ms on the clock that all threads share. */
export type HeartbeatReport =
  | { readonly kind: 'renewed'; readonly queue: string; readonly worker: string; readonly sentAt: number }
  | { readonly kind: 'overdue'; readonly queue: string }
  | { readonly kind: 'lost'; readonly queue: string; readonly worker: string; readonly sentAt: number }
  | { readonly kind: 'permit-lost'; readonly permit: Permit }
  | { readonly kind: 'failed'; readonly worker: string; readonly message: string }
  | { readonly kind: 'permits-renewed'; readonly name: string }
  | { readonly kind: 'permits-failed'; readonly name: string; readonly message: string }
  | { readonly kind: 'closed' }

/** The heartbeat thread, as the main thread sees it. Created by the wiring, which knows how the thread opens the store. */
export interface HeartbeatThread {
  send(order: HeartbeatOrder): void
  onReport(listener: (report: HeartbeatReport) => void): void
  close(): Promise<void>
}

interface Lease {
  readonly queue: string
  readonly worker: string
  /** When the lease was asked for, last. */
  readonly since: number
  /** Time at which the last answered renewal was sent. The lease counts from there. */
  renewedAt: number
  /** Time at which the oldest unanswered renewal was sent; null: all are answered. */
  unansweredSince: number | null
}

/** ms between two heartbeats: a lease may miss two renewals. */
export function heartbeatInterval(leaseTtl: number): number {
  return Math.max(10, Math.floor(leaseTtl / 3))
}

/**
 * Renews a worker's leases. Created by the `Worker`.
 *
 * The heartbeat thread sends the renewals, so that a job which blocks the event loop keeps its lease. Where the store lives
 * in this process, the main thread sends them. A lease that was not renewed in time counts as lost, even if the store has
 * not said so.
 */
export class Heartbeat {
  readonly #leases = new Map<string, Lease>()
  readonly #outage: OutageLog
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly broker: Broker,
    private readonly thread: HeartbeatThread | null,
    private readonly leaseTtl: number,
    logger: Logger,
    private readonly listener: HeartbeatListener,
    /** Called at each beat, after the leases were checked. */
    private readonly onBeat: () => void,
  ) {
    this.#outage = new OutageLog(logger, 'leases are renewed again')
  }

  /** ms between two heartbeats. */
  get interval(): number {
    return heartbeatInterval(this.leaseTtl)
  }

  start(): void {
    this.thread?.onReport((report) => {
      this.#receive(report)
    })
    this.#timer = setInterval(() => {
      this.beat()
    }, this.interval)
  }

  /** Renews a lease from now on. @param sentAt - when its join was sent, on the shared clock */
  add(queue: string, worker: string, sentAt: number): void {
    this.#leases.set(worker, { queue, worker, since: sentAt, renewedAt: sentAt, unansweredSince: null })
    this.thread?.send({ kind: 'add', queue, worker })
  }

  remove(queue: string, worker: string): void {
    if (this.#delete(worker)) this.thread?.send({ kind: 'remove', queue, worker })
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#leases.clear()
    await this.thread?.close()
  }

  /** One heartbeat. The timer of `start()` calls it. */
  beat(): void {
    const now = sharedClock()
    for (const lease of [...this.#leases.values()]) {
      this.#look(lease, now)
      if (this.thread === null) void this.#renew(lease)
    }
    this.onBeat()
  }

  /** Looks by itself whether a lease is over, and then calls `then`. The process may have stood still, so that no heartbeat has come. */
  look(worker: string, then: () => void): void {
    const lease = this.#leases.get(worker)
    if (lease) this.#look(lease, sharedClock())
    afterArrived(then)
  }

  /** Looks when answers that have arrived are handled: after a blocked event loop, they wait for it. */
  #look(lease: Lease, now: number): void {
    afterArrived(() => {
      const countsFrom = this.thread === null ? (lease.unansweredSince ?? now) : lease.renewedAt
      if (now - countsFrom > this.leaseTtl) this.#lose(lease.queue, lease.worker)
    })
  }

  #receive(report: HeartbeatReport): void {
    if (report.kind === 'renewed') {
      const lease = this.#leases.get(report.worker)
      if (lease) lease.renewedAt = report.sentAt
      this.#outage.succeeded(report.worker)
    } else if (report.kind === 'overdue') this.listener.overdue(report.queue)
    else if (report.kind === 'lost') void this.#refused(report.worker, report.sentAt)
    else if (report.kind === 'failed') this.#warn(report.worker, report.message)
  }

  async #renew(lease: Lease): Promise<void> {
    const sentAt = sharedClock()
    lease.unansweredSince ??= sentAt
    try {
      const state = await this.broker.renew(lease.queue, lease.worker)
      if (state === 'lost') await this.#refused(lease.worker, sentAt)
      else lease.renewedAt = Math.max(lease.renewedAt, sentAt)
      if (state === 'overdue') this.listener.overdue(lease.queue)
      this.#outage.succeeded(lease.worker)
    } catch (error) {
      this.#warn(lease.worker, errorMessage(error))
      if (sharedClock() - lease.renewedAt > this.leaseTtl) this.#lose(lease.queue, lease.worker)
    }
    lease.unansweredSince = null
  }

  #warn(worker: string, reason: string): void {
    // A lease that was removed meanwhile is not renewed again.
    if (this.#leases.has(worker)) this.#outage.failed(`a lease could not be renewed, will try again: ${reason}`, worker)
  }

  #delete(worker: string): boolean {
    this.#outage.ended(worker)
    return this.#leases.delete(worker)
  }

  /** The store has no such lease. Where it has forgotten it, it is about to make it anew. @param sentAt - of the renewal */
  async #refused(worker: string, sentAt: number): Promise<void> {
    const lease = this.#leases.get(worker)
    if (lease === undefined) return
    // The answer is of the time before the lease was made anew.
    if (sentAt < lease.since) this.thread?.send({ kind: 'add', queue: lease.queue, worker })
    else if (!(await this.#isForgotten(lease)) && this.#leases.get(worker) === lease) this.#lose(lease.queue, worker)
  }

  async #isForgotten({ queue, worker }: Lease): Promise<boolean> {
    const { history } = this.broker
    if (history === LASTING_HISTORY) return false
    try {
      await history.ask(queue)
    } catch {
      return false
    }
    return history.isOver(worker)
  }

  #lose(queue: string, worker: string): void {
    if (!this.#delete(worker)) return
    this.thread?.send({ kind: 'remove', queue, worker })
    this.listener.lost(queue, worker)
  }
}
