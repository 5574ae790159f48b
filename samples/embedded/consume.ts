/** The consuming process of this sample. `--data-store` names the shared directory. */
import { PulsarQueue } from 'pulsar-queue'

const app = new PulsarQueue({
  workers: 0,
  handleSignals: true,
  taskPaths: [new URL('../quickstart/jobs/*.ts', import.meta.url)],
  logLevel: 'warn',
})
await app.start()
process.send?.('ready')
