import { PulsarQueue } from 'pulsar-queue'

// The server: worker processes that consume the queue. The demo starts it with `--workers 2` and its data store.
const app = new PulsarQueue({ name: 'demo', taskPaths: [new URL('./jobs/*.ts', import.meta.url)] })
await app.start()
process.send?.('ready')
