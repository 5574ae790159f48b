import { write } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { PermitRenewer } from '../locks/permit-renewer.js'
import type { LeaseStore } from '../stores/lease-store.js'
import { loadLeaseStore } from '../stores/open-store.js'
import type { PermitStore } from '../stores/permit-store.js'
import type { StoreOptions } from '../model/store-options.js'
import { allSteps } from '../util/all-steps.js'
import { sharedClock } from '../util/clock.js'
import { collectLoadingGarbage } from '../util/collect-loading-garbage.js'
import { errorMessage } from '../util/thrown.js'
import type { HeartbeatOrder, HeartbeatReport } from './heartbeat.js'
import { heartbeatInterval } from './heartbeat.js'
import { StallDetector } from './stall-detector.js'
import { clearInterval, setImmediate, setInterval, setTimeout } from '../util/timers.js'

/** The heartbeat thread's start data. Times in ms. */
export interface HeartbeatData {
  readonly url: string
  /** URL of the permit store; null where only the main thread reaches it. */
  readonly lockUrl: string | null
  /** What both stores need besides their URLs. */
  readonly storeOptions: StoreOptions
  readonly leaseTtl: number
  readonly stallLimit: number
  /** Numbers, laid out by `STALL_CELLS`. */
  readonly memory: SharedArrayBuffer
}

/** Longest wait for the last words of a stuck process to be written, ms. */
const LAST_WORDS_LIMIT = 1_000

/**
 * Renews leases and permits on a connection of its own, and watches the main thread's event loop. Created in the heartbeat
 * thread, which `startHeartbeatThread` starts.
 */
class HeartbeatLoop {
  readonly #workers = new Map<string, string>()
  readonly #stalls: StallDetector
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly broker: LeaseStore,
    private readonly permits: PermitRenewer | null,
    private readonly data: HeartbeatData,
    private readonly report: (report: HeartbeatReport) => void,
  ) {
    this.#stalls = new StallDetector(data.memory, data.stallLimit, heartbeatInterval(data.leaseTtl))
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#watch()
      for (const [worker, queue] of this.#workers) void this.#renew(queue, worker)
    }, heartbeatInterval(this.data.leaseTtl))
  }

  async obey(order: HeartbeatOrder): Promise<void> {
    if (order.kind === 'add') this.#workers.set(order.worker, order.queue)
    else if (order.kind === 'remove') this.#workers.delete(order.worker)
    else if (order.kind === 'keep') this.permits?.add(order.permit, order.since)
    else if (order.kind === 'drop') this.permits?.remove(order.permit)
    else {
      clearInterval(this.#timer)
      this.permits?.close()
      await this.broker.close()
      this.report({ kind: 'closed' })
    }
  }

  async #renew(queue: string, worker: string): Promise<void> {
    const sentAt = sharedClock()
    try {
      const state = await this.broker.renew(queue, worker)
      if (!this.#workers.has(worker)) return
      if (state === 'lost') {
        this.#workers.delete(worker)
        this.report({ kind: 'lost', queue, worker, sentAt })
        return
      }
      this.report({ kind: 'renewed', queue, worker, sentAt })
      if (state === 'overdue') this.report({ kind: 'overdue', queue })
    } catch (error) {
      this.report({ kind: 'failed', worker, message: errorMessage(error) })
    }
  }

  /** Kills the process when its event loop is stuck: otherwise its leases would be renewed for ever. */
  #watch(): void {
    const silent = this.#stalls.look(sharedClock())
    if (silent === null) return
    const words = `pulsar-queue: the event loop of process ${String(process.pid)} has been blocked for ${String(Math.round(silent))} ms; the process ends, and its tasks run elsewhere\n`
    const kill = (): void => {
      process.kill(process.pid, 'SIGKILL')
    }
    // Nobody may read stderr any more: the process ends, whatever becomes of the words.
    write(2, words, kill)
    setTimeout(kill, LAST_WORDS_LIMIT)
  }
}

function permitRenewer(store: PermitStore, ttl: number, report: (report: HeartbeatReport) => void): PermitRenewer {
  return new PermitRenewer(store, ttl, {
    lost: (permit) => {
      report({ kind: 'permit-lost', permit })
    },
    renewed: (name) => {
      report({ kind: 'permits-renewed', name })
    },
    failed: (name, message) => {
      report({ kind: 'permits-failed', name, message })
    },
  })
}

async function main(): Promise<void> {
  const port = parentPort
  if (!port) throw new Error('the heartbeat entry is started as a worker thread')
  const data = workerData as HeartbeatData
  const { url, lockUrl, storeOptions } = data
  const store = await loadLeaseStore(url)
  const broker = store.broker(url, storeOptions)
  const report = (message: HeartbeatReport): void => {
    port.postMessage(message)
  }
  const permitStore = lockUrl === null ? null : (await loadLeaseStore(lockUrl)).locks(lockUrl, storeOptions)
  const loop = new HeartbeatLoop(broker, permitStore && permitRenewer(permitStore, data.leaseTtl, report), data, report)
  port.on('message', (order: HeartbeatOrder) => {
    if (order.kind !== 'close') void loop.obey(order)
    else {
      void allSteps(
        () => loop.obey(order),
        () => permitStore?.close(),
        () => {
          port.close()
        },
      )
    }
  })
  await broker.connect()
  loop.start()
  port.postMessage({ kind: 'ready' })
  // It does next to nothing, ever.
  collectLoadingGarbage(() => false)
}

main().catch((error: unknown) => {
  setImmediate(() => {
    throw error
  })
})
