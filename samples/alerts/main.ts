/** Alerts: a rule that fires where nobody works off a queue, told to the manager and to a program. */
import type { Alert } from 'pulsar-queue'
import { Manager, PulsarQueue } from 'pulsar-queue'

class AlertedManager extends Manager {
  override alert({ state, text }: Alert) {
    console.log(state, text)
    if (state === 'firing') tell()
  }
}

let tell: () => void = () => undefined
const told = new Promise<void>((resolve) => (tell = resolve))
const app = new PulsarQueue(AlertedManager, {
  name: 'shop',
  workers: 0,
  taskPaths: [new URL('../quickstart/jobs/*.ts', import.meta.url)],
  dataStore: 'embedded::memory:alerts',
  logLevel: 'error',
  alerts: [
    {
      kind: 'noWorker',
      for: 0,
      notify: [
        // { webhook: process.env.SLACK_WEBHOOK },
        { command: [process.execPath, '-e', 'process.stdin.resume()'] },
      ],
    },
  ],
})
const api = await app.api().start()
await api.tasks.queue('addition', { a: 4, b: 6 }, { callback: false, queue: 'reports' }).wait()
await app.start()
await told
await app.close()
