/** The producer, in another process. It shares the data store with the server, and nothing else. */
import { PulsarQueue } from 'pulsar-queue'

const app = new PulsarQueue({ taskPaths: [new URL('./jobs/*.ts', import.meta.url)] })
const api = await app.api().start()
const task = await api.tasks.queue('addition', { a: 4, b: 6 })
console.log(task.name, task.statusString, task.result)
await app.close()
