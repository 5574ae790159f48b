/** Arguments as the members of a class with class-validator rules, and of a destructured parameter. */
import { isPulsarError, PulsarQueue } from 'pulsar-queue'

const app = new PulsarQueue({
  dataStore: 'embedded::memory:',
  workers: 0,
  taskPaths: [new URL('./jobs/*.ts', import.meta.url)],
  taskQueues: ['pulsarqueue', 'mails'],
  logLevel: 'warn',
})
const api = await app.api().start()
await app.start()
console.log(await api.tasks.queue('send.mail', { to: ['ada@example.org'], subject: 'Engines', urgent: true }).result())
console.log(await api.tasks.queue('resize', { width: 640, height: 480 }).result())
try {
  await api.tasks.queue('send.mail', { to: ['nobody'], subject: 'Engines' })
} catch (error) {
  if (isPulsarError(error, 'PQ_INVALID_ARGUMENTS')) console.log(error.code, error.argument, error.received)
}
await app.close()
