import type { Api } from 'pulsar-queue'
import { until } from './until.js'

/** Resolves when a task runs. */
export async function untilStarted(api: Api, id: string): Promise<void> {
  await until('the task to start', async () =>
    (await api.tasks.get(id))?.statusString === 'STARTED' ? true : undefined,
  )
}
