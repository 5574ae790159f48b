/** An application that lives in TypeDI: its container injects services into jobs, and holds the manager. */
import { fromTypedi, Manager, PulsarQueue } from 'pulsar-queue'
import type { Message } from 'pulsar-queue'
import { Container } from 'typedi'

class CountingManager extends Manager {
  count = 0

  override storeMessage(_message: Message) {
    this.count += 1
  }
}

const manager = new CountingManager()
Container.set(Manager, manager)
const app = new PulsarQueue({
  container: fromTypedi(Container),
  dataStore: 'embedded::memory:',
  workers: 0,
  taskPaths: [new URL('./jobs/*.ts', import.meta.url)],
  logLevel: 'warn',
})
const api = await app.api().start()
await app.start()
console.log(await api.tasks.queue('greet', { name: 'Ada' }).result())
console.log(await api.tasks.queue('greet', { name: 'Ada', language: 'it' }).result())
await app.close()
console.log('messages', manager.count)
