import { Worker as Thread } from 'node:worker_threads'

/**
 * The watch runs in a thread of its own, because a job may block the event loop of the main thread. The thread polls: one
 * that waits for a pipe to close could never be ended. Its code is text, so that it needs no file.
 */
const SOURCE = `
const { workerData: parent } = require('node:worker_threads')
const cell = new Int32Array(new SharedArrayBuffer(4))
for (;;) {
  Atomics.wait(cell, 0, 0, 500)
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
}
`

/** Ends this process soon after the end of its parent, even while a job blocks the event loop. */
export function watchForOrphan(): void {
  new Thread(SOURCE, { eval: true, workerData: process.ppid, name: 'pq-orphan-watch' }).unref()
}
