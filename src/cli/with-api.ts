import type { Api } from '../app/api.js'
import { PulsarQueue } from '../app/pulsar-queue.js'

/** Runs something with a connected api, and disconnects whatever comes of it. */
export async function withApi<T>(argv: readonly string[], run: (api: Api) => Promise<T>): Promise<T> {
  const app = new PulsarQueue({ argv })
  try {
    return await run(await app.api().start())
  } finally {
    await app.close()
  }
}
