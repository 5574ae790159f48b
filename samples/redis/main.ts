/**
 * The same program on Redis: `PULSAR_DATA_STORE=redis://127.0.0.1:6379/0 npx jiti samples/redis/main.ts`.
 * The program does not name the store: the setting comes from the environment.
 */
import { PulsarQueue } from 'pulsar-queue'

const app = new PulsarQueue({
  workers: 0,
  taskPaths: [new URL('../quickstart/jobs/*.ts', import.meta.url)],
  logLevel: 'warn',
})
const api = await app.api().start()
await app.start()
const done: string[] = []
await api.onEvents('task', 'done', (_channel, event, task) => done.push(`${event} ${String(task.result)}`))
const task = await api.tasks.queue('addition', { a: 4, b: 6 }, { priority: 9 })
console.log(api.broker.address.split(':')[0], task.statusString, task.result)
await app.close()
