/** A task that starts after a delay, and one that is revoked before it starts. */
import { PulsarQueue } from 'pulsar-queue'

const app = new PulsarQueue({
  dataStore: 'embedded::memory:',
  workers: 0,
  taskPaths: [new URL('../quickstart/jobs/*.ts', import.meta.url)],
  logLevel: 'warn',
})
const api = await app.api().start()
await app.start()

const future = api.tasks.queue('addition', { a: 4, b: 6 }, { callback: false, delay: '500ms' })
const queued = await future.wait()
console.log(queued.statusString, queued.result)
const done = await queued.doneCallback.wait()
const waited = done.timeStarted - queued.timeQueued
console.log(done.statusString, done.result, waited >= 500 ? 'after its delay' : `too soon, after ${String(waited)} ms`)

const never = api.tasks.queue('addition', { a: 1, b: 1 }, { delay: '1h' })
console.log('revoked', await never.revoke())
console.log((await never).statusString)
await app.close()
