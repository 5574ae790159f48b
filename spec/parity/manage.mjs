import { Manager, PulsarQueue } from 'pulsar-queue'

// The original's TaskManager: which queues a consumer takes, and what becomes of messages.
class TaskManager extends Manager {
  queues() {
    return [this.backend.nodeName, 'extra', ...this.config.taskQueues]
  }
}

const app = new PulsarQueue(TaskManager, {
  taskPaths: [
    new URL('./jobs/standard.ts', import.meta.url),
    new URL('../../samples/thread-io/jobs/*.ts', import.meta.url),
    'pulsar-queue/jobs',
  ],
})
await app.start()
process.stdout.write(`rpc ${app.rpcUrl}\nready\n`)
