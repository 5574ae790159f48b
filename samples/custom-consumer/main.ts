/** A consumer beside that of tasks. Its messages are leased and settled like tasks, and it publishes events. */
import { PulsarQueue } from 'pulsar-queue'
import { Reading, Readings } from './readings.js'

const app = new PulsarQueue({
  dataStore: 'embedded::memory:',
  workers: 0,
  consumers: [Readings],
  logLevel: 'warn',
})
const api = await app.api().start()
await app.start()
console.log('consumers', api.consumers.map(({ name }) => name).join(', '))

const warm = new Promise<Reading>((resolve) => {
  void api.onEvents('reading', 'warm', (_channel, _event, reading) => {
    resolve(reading)
  })
})
const readings = [new Reading('cellar', 12), new Reading('garden', 24), new Reading('attic', 31.5)]
const tasks = await Promise.all(readings.map(async (reading) => await api.queue(reading)))
const results = tasks.map(({ result }) => result as { isWarm: boolean })
console.log('warm', results.filter(({ isWarm }) => isWarm).length, 'of', results.length)
console.log('heard warm', (await warm).celsius)
console.log('average', api.readings.info().average)
await app.close()
