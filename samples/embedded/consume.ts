/** The other process of this sample: it consumes from the directory that it is given. */
import { PulsarQueue } from 'pulsar-queue'

const app = new PulsarQueue({
  workers: 0,
  taskPaths: [new URL('../quickstart/jobs/*.ts', import.meta.url)],
  logLevel: 'warn',
})
await app.start()
process.send?.('ready')
