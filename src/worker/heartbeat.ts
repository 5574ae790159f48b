import type { Permit } from '../locks/permit-renewer.js'
import type { Broker } from '../stores/broker.js'
import type { Logger } from '../logging/logger.js'
import { sharedClock } from '../util/clock.js'

/** Told by a heartbeat. */
export interface HeartbeatListener {
  /** That lease is gone: what runs under it is no longer this worker's. */
  lost(queue: string, worker: string): void
}

/** What goes to the heartbeat thread. */
export type HeartbeatOrder =
  | { readonly kind: 'add' | 'remove'; readonly queue: string; readonly worker: string }
  | { readonly kind: 'keep'; readonly permit: Permit; readonly since: number }
  | { readonly kind: 'drop'; readonly permit: Permit }
  | { readonly kind: 'close' }

/** What comes from the heartbeat thread. `sentAt`: ms on the clock that all threads share. */
export type HeartbeatReport =
  | { readonly kind: 'renewed'; readonly queue: string; readonly worker: string; readonly sentAt: number }
  | { readonly kind: 'lost'; readonly queue: string; readonly worker: string }
  | { readonly kind: 'permit-lost'; readonly permit: Permit }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'closed' }

/** The thread, as the heartbeat sees it. Made by the wiring, which knows how to open a broker there. */
export interface HeartbeatThread {
  send(order: HeartbeatOrder): void
  onReport(listener: (report: HeartbeatReport) => void): void
  close(): Promise<void>
}

interface Beat {
  readonly queue: string
  readonly worker: string
  /** When the last renewal that was answered was sent: from there the lease counts. */
  renewedAt: number
}

/**
 * Keeps a worker's leases. Made by the {@link Worker}. Renewals leave from a thread of their own, so that a job which
 * blocks the event loop does not cost its lease; a store that lives in this process is renewed from here. A lease that
 * was not renewed in time counts as lost, whether the store has said so or not.
 */
export class Heartbeat {
  readonly #beats = new Map<string, Beat>()
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly broker: Broker,
    private readonly thread: HeartbeatThread | null,
    private readonly leaseTtl: number,
    private readonly logger: Logger,
    private readonly listener: HeartbeatListener,
    /** Called once a beat, after the leases were looked at. */
    private readonly onBeat: () => void,
  ) {}

  /** ms between two heartbeats. */
  get interval(): number {
    return Math.max(10, Math.floor(this.leaseTtl / 3))
  }

  start(): void {
    this.thread?.onReport((report) => {
      this.#receive(report)
    })
    this.#timer = setInterval(() => {
      this.#beat()
    }, this.interval)
  }

  /** Keeps a lease that was made by a join sent at `sentAt` on the shared clock. */
  add(queue: string, worker: string, sentAt: number): void {
    this.#beats.set(worker, { queue, worker, renewedAt: sentAt })
    this.thread?.send({ kind: 'add', queue, worker })
  }

  remove(queue: string, worker: string): void {
    if (this.#beats.delete(worker)) this.thread?.send({ kind: 'remove', queue, worker })
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#beats.clear()
    await this.thread?.close()
  }

  #receive(report: HeartbeatReport): void {
    if (report.kind === 'renewed') {
      const beat = this.#beats.get(report.worker)
      if (beat) beat.renewedAt = report.sentAt
    } else if (report.kind === 'lost') this.#lost(report.queue, report.worker)
    else if (report.kind === 'failed')
      this.logger.warn(`a lease could not be renewed, will try again: ${report.message}`)
  }

  #beat(): void {
    const now = sharedClock()
    for (const beat of [...this.#beats.values()]) {
      if (this.thread === null) void this.#renew(beat)
      // Reports of the thread wait in the same queue as this timer: a loop that was blocked hears them first.
      else
        setImmediate(() => {
          if (now - beat.renewedAt > this.leaseTtl) this.#lost(beat.queue, beat.worker)
        })
    }
    this.onBeat()
  }

  async #renew(beat: Beat): Promise<void> {
    const sentAt = sharedClock()
    try {
      const state = await this.broker.renew(beat.queue, beat.worker)
      if (state === 'lost') this.#lost(beat.queue, beat.worker)
      else beat.renewedAt = sentAt
    } catch (error) {
      this.logger.warn(`a lease could not be renewed, will try again: ${String(error)}`)
      if (sharedClock() - beat.renewedAt > this.leaseTtl) this.#lost(beat.queue, beat.worker)
    }
  }

  #lost(queue: string, worker: string): void {
    if (!this.#beats.delete(worker)) return
    this.thread?.send({ kind: 'remove', queue, worker })
    this.listener.lost(queue, worker)
  }
}
