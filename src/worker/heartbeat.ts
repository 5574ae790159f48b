import type { Permit } from '../locks/permit-renewer.js'
import type { Logger } from '../logging/logger.js'
import { OutageLog } from '../logging/outage-log.js'
import type { Broker } from '../stores/broker.js'
import { HEARTBEATS_OF_LEASE, SHORTEST_HEARTBEAT } from '../stores/policy.js'
import { sharedClock } from '../util/clock.js'
import { errorMessage } from '../util/thrown.js'
import { clearInterval, setImmediate, setInterval } from '../util/timers.js'

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
  | { readonly kind: 'lost'; readonly queue: string; readonly worker: string }
  | { readonly kind: 'permit-lost'; readonly permit: Permit }
  | { readonly kind: 'failed'; readonly queue: string; readonly message: string }
  | { readonly kind: 'permits-failed'; readonly message: string }
  | { readonly kind: 'permits-renewed' }
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
  /** Time at which the last answered renewal was sent. The lease counts from there. */
  renewedAt: number
  /** Time at which the oldest unanswered renewal was sent; null: all are answered. */
  unansweredSince: number | null
}

/** ms between two heartbeats. */
export function heartbeatInterval(leaseTtl: number): number {
  return Math.max(SHORTEST_HEARTBEAT, Math.floor(leaseTtl / HEARTBEATS_OF_LEASE))
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
  /** Of each queue: its lease may fail while those of the others are renewed. */
  readonly #outages = new Map<string, OutageLog>()
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly broker: Broker,
    private readonly thread: HeartbeatThread | null,
    private readonly leaseTtl: number,
    private readonly logger: Logger,
    private readonly listener: HeartbeatListener,
    /** Called at each beat, after the leases were checked. */
    private readonly onBeat: () => void,
  ) {}

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
    this.#leases.set(worker, { queue, worker, renewedAt: sentAt, unansweredSince: null })
    this.thread?.send({ kind: 'add', queue, worker })
  }

  remove(queue: string, worker: string): void {
    if (this.#leases.delete(worker)) this.thread?.send({ kind: 'remove', queue, worker })
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
      // Checked later in this turn: after a blocked event loop, answers that wait for it are handled first.
      setImmediate(() => {
        const countsFrom = this.thread === null ? (lease.unansweredSince ?? now) : lease.renewedAt
        if (now - countsFrom > this.leaseTtl) this.#lose(lease.queue, lease.worker)
      })
      if (this.thread === null) void this.#renew(lease)
    }
    this.onBeat()
  }

  #receive(report: HeartbeatReport): void {
    if (report.kind === 'renewed') {
      const lease = this.#leases.get(report.worker)
      if (lease) lease.renewedAt = report.sentAt
      this.#outageOf(report.queue).succeeded()
    } else if (report.kind === 'overdue') this.listener.overdue(report.queue)
    else if (report.kind === 'lost') this.#lose(report.queue, report.worker)
    else if (report.kind === 'failed') this.#warn(report.queue, report.message)
  }

  async #renew(lease: Lease): Promise<void> {
    const sentAt = sharedClock()
    lease.unansweredSince ??= sentAt
    try {
      const state = await this.broker.renew(lease.queue, lease.worker)
      if (state === 'lost') this.#lose(lease.queue, lease.worker)
      else lease.renewedAt = Math.max(lease.renewedAt, sentAt)
      if (state === 'overdue') this.listener.overdue(lease.queue)
      this.#outageOf(lease.queue).succeeded()
    } catch (error) {
      this.#warn(lease.queue, errorMessage(error))
      if (sharedClock() - lease.renewedAt > this.leaseTtl) this.#lose(lease.queue, lease.worker)
    }
    lease.unansweredSince = null
  }

  #warn(queue: string, reason: string): void {
    this.#outageOf(queue).failed(`the lease on queue ${queue} could not be renewed, will try again: ${reason}`)
  }

  #outageOf(queue: string): OutageLog {
    let outage = this.#outages.get(queue)
    if (outage === undefined) {
      outage = new OutageLog(this.logger, `the lease on queue ${queue} is renewed again`)
      this.#outages.set(queue, outage)
    }
    return outage
  }

  #lose(queue: string, worker: string): void {
    if (!this.#leases.delete(worker)) return
    this.thread?.send({ kind: 'remove', queue, worker })
    this.listener.lost(queue, worker)
  }
}
