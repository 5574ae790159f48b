import { Worker as Thread } from 'node:worker_threads'
import { BundledError } from '../errors.js'
import { packageFile } from '../util/package-files.js'
import type { HeartbeatOrder, HeartbeatReport, HeartbeatThread } from './heartbeat.js'
import type { HeartbeatData } from './heartbeat-thread-entry.js'

type Report = HeartbeatReport | { readonly kind: 'ready' }

/** Most of the thread's heap for new objects, MB. It makes few; V8 would let the loading of its modules fill much more. */
const YOUNG_HEAP_LIMIT = 2

/**
 * Starts the heartbeat thread. Resolves when the thread has reached the store.
 *
 * @param onDeath - called when the thread ends by itself: then no lease is renewed any more
 * @throws {@link BundledError}; what the broker throws in the thread
 */
export async function startHeartbeatThread(
  data: HeartbeatData,
  onDeath: (error: Error) => void,
): Promise<HeartbeatThread> {
  const file = packageFile('worker/heartbeat-thread-entry.js')
  if (file === null) throw new BundledError()
  const thread = new Thread(file, {
    workerData: data,
    name: 'pq-heartbeat',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_HEAP_LIMIT },
  })
  let closing = false
  let ready = false
  const exited = new Promise<void>((resolve) =>
    thread.once('exit', () => {
      resolve()
    }),
  )
  await new Promise<void>((resolve, reject) => {
    thread.on('message', (report: Report) => {
      if (report.kind === 'ready') {
        ready = true
        resolve()
      }
    })
    thread.on('error', (error) => {
      if (!ready) reject(error)
      else if (!closing) onDeath(error)
    })
    thread.on('exit', (code) => {
      if (ready && !closing) onDeath(new Error(`the heartbeat thread ended with code ${String(code)}`))
    })
  })
  const send = (order: HeartbeatOrder): void => {
    thread.postMessage(order)
  }
  return {
    send,
    onReport(listener: (report: HeartbeatReport) => void) {
      thread.on('message', (report: Report) => {
        if (report.kind !== 'ready') listener(report)
      })
    },
    async close() {
      closing = true
      send({ kind: 'close' })
      await exited
    },
  }
}
