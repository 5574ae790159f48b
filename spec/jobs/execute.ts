import type { PulsarQueueOptions } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'

/** Runs one job in an app of its own. @returns the result, or the message of the failure */
export async function execute(options: PulsarQueueOptions, job: string, args: object): Promise<unknown> {
  const app = new PulsarQueue({ dataStore: 'embedded::memory:', logLevel: 'silent', parseConsole: false, ...options })
  try {
    const api = await app.api().start()
    const task = await api.tasks.execute(job, args as Record<string, unknown>)
    return task.isSuccess() ? task.result : task.exception
  } finally {
    await app.close()
  }
}
