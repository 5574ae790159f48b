/** A producer and a consumer in two processes that share a directory, without any server. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PulsarQueue } from 'pulsar-queue'

const directory = await mkdtemp(join(tmpdir(), 'embedded-sample-'))
const dataStore = `embedded:${directory}?durability=full`
const consumer = fork(fileURLToPath(new URL('./consume.ts', import.meta.url)), ['--data-store', dataStore], {
  execArgv: ['--import', 'jiti/register'],
})
await once(consumer, 'message')

const app = new PulsarQueue({
  dataStore,
  taskPaths: [new URL('../quickstart/jobs/*.ts', import.meta.url)],
  logLevel: 'warn',
})
const api = await app.api().start()
const tasks = await Promise.all(
  api.tasks.queueMany('addition', [
    { a: 1, b: 2 },
    { a: 3, b: 4 },
  ]),
)
console.log('results', tasks.map((task) => task.result).join(' '))
console.log(
  'here',
  tasks.every((task) => task.worker?.endsWith(`-${String(process.pid)}`)),
  'waiting',
  (await api.tasks.size())[0],
)
await app.close()

consumer.kill('SIGTERM')
const [code] = (await once(consumer, 'exit')) as [number | null]
console.log('consumer ended with', code)
await rm(directory, { recursive: true })
