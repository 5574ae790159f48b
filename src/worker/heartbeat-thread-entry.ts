import { writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { PermitRenewer } from '../locks/permit-renewer.js'
import type { Broker } from '../stores/broker.js'
import { loadStore } from '../stores/open-store.js'
import type { PermitStore } from '../stores/permit-store.js'
import { sharedClock } from '../util/clock.js'
import { errorMessage } from '../util/thrown.js'
import type { HeartbeatOrder, HeartbeatReport } from './heartbeat.js'
import { heartbeatInterval } from './heartbeat.js'
import { STALL_CELLS } from './stall-watch.js'
import { clearInterval, setImmediate, setInterval } from '../util/timers.js'

/** The heartbeat thread's start data. Times in ms. */
export interface HeartbeatData {
  readonly url: string
  /** URL of the permit store; null where only the main thread reaches it. */
  readonly lockUrl: string | null
  readonly leaseTtl: number
  readonly stallLimit: number
  /** Two numbers, laid out by `STALL_CELLS`. */
  readonly memory: SharedArrayBuffer
}

/** An event loop gets this long to tick after the last deadline of its runs, ms. */
const DEADLINE_GRACE = 5_000

/**
 * Renews leases and permits on a connection of its own, and watches the main thread's event loop. Created in the heartbeat
 * thread, which `startHeartbeatThread` starts.
 */
class HeartbeatLoop {
  readonly #workers = new Map<string, string>()
  readonly #cells: Float64Array
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly broker: Broker,
    private readonly permits: PermitRenewer | null,
    private readonly data: HeartbeatData,
    private readonly report: (report: HeartbeatReport) => void,
  ) {
    this.#cells = new Float64Array(data.memory)
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
      if (state === 'held') this.report({ kind: 'renewed', queue, worker, sentAt })
      else {
        this.#workers.delete(worker)
        this.report({ kind: 'lost', queue, worker })
      }
    } catch (error) {
      this.report({ kind: 'failed', message: errorMessage(error) })
    }
  }

  /** Kills the process when its event loop is stuck: otherwise its leases would be renewed for ever. */
  #watch(): void {
    const now = sharedClock()
    const silent = now - (this.#cells[STALL_CELLS.tick] ?? now)
    const deadline = this.#cells[STALL_CELLS.deadline] ?? 0
    const bound = deadline > 0 && Number.isFinite(deadline) ? deadline + DEADLINE_GRACE : Infinity
    const stuck = silent > this.data.stallLimit || (silent > DEADLINE_GRACE && now > bound)
    if (!stuck) return
    writeSync(
      2,
      `pulsar-queue: the event loop of process ${String(process.pid)} has been blocked for ${String(Math.round(silent))} ms; the process ends, and its tasks run elsewhere\n`,
    )
    process.kill(process.pid, 'SIGKILL')
  }
}

function permitRenewer(store: PermitStore, ttl: number, report: (report: HeartbeatReport) => void): PermitRenewer {
  return new PermitRenewer(store, ttl, {
    lost: (permit) => {
      report({ kind: 'permit-lost', permit })
    },
    renewed: () => undefined,
    failed: (message) => {
      report({ kind: 'failed', message })
    },
  })
}

async function main(): Promise<void> {
  const port = parentPort
  if (!port) throw new Error('the heartbeat entry is started as a worker thread')
  const data = workerData as HeartbeatData
  const store = await loadStore(data.url)
  const broker = store.broker(data.url)
  const report = (message: HeartbeatReport): void => {
    port.postMessage(message)
  }
  const permitStore = data.lockUrl === null ? null : (await loadStore(data.lockUrl)).locks(data.lockUrl)
  const loop = new HeartbeatLoop(broker, permitStore && permitRenewer(permitStore, data.leaseTtl, report), data, report)
  port.on('message', (order: HeartbeatOrder) => {
    void loop.obey(order).then(async () => {
      if (order.kind !== 'close') return
      await permitStore?.close()
      port.close()
    })
  })
  await broker.connect()
  loop.start()
  port.postMessage({ kind: 'ready' })
}

main().catch((error: unknown) => {
  setImmediate(() => {
    throw error
  })
})
