/** Runs periodic jobs. With any number of schedulers each tick is queued once. */
import { PulsarQueue } from 'pulsar-queue'

const app = new PulsarQueue({
  dataStore: 'embedded::memory:',
  workers: 0,
  schedulePeriodic: true,
  taskPaths: [new URL('./jobs/*.ts', import.meta.url)],
  logLevel: 'warn',
})
const api = await app.api().start()
const ticks: number[] = []
const quiet = new Promise<void>((resolve) => {
  void api.onEvents('task', 'done', (_channel, _event, task) => {
    if (task.name === 'heartbeat') ticks.push(task.result as number)
    if (task.name === 'when.quiet' && ticks.length > 3) resolve()
  })
})
await app.start()
await quiet

const gaps = ticks.slice(1).map((tick, i) => tick - (ticks[i] ?? 0))
console.log(
  'every tick on time',
  gaps.every((gap) => gap % 200 === 0),
)
const [[name, seconds] = ['', 0]] = await api.tasks.nextScheduled(['morning.report'])
console.log(name, 'is due within three days', seconds > 0 && seconds <= 3 * 86_400)
await app.close()
