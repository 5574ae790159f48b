import { Worker as Thread } from 'node:worker_threads'

/**
 * The main thread may be in a loop that hears nothing, so this runs in a thread of its own, as text: it needs no file. A
 * thread that waits on a closed pipe would be woken rather than look, but could never be ended.
 */
const SOURCE = `
const { workerData: parent } = require('node:worker_threads')
const cell = new Int32Array(new SharedArrayBuffer(4))
for (;;) {
  Atomics.wait(cell, 0, 0, 500)
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
}
`

/** Ends this process soon after its parent is gone, also while a loop blocks its event loop. */
export function watchForOrphan(): void {
  new Thread(SOURCE, { eval: true, workerData: process.ppid, name: 'pq-orphan-watch' }).unref()
}
