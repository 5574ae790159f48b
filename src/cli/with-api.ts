import type { Api } from '../api/api.js'

/** Runs a function with a connected api, and disconnects in any case. */
export async function withApi<T>(argv: readonly string[], run: (api: Api) => Promise<T>): Promise<T> {
  // Imported here, so that --help does not wait for it.
  const { PulsarQueue } = await import('../app/pulsar-queue.js')
  const app = new PulsarQueue({ argv })
  try {
    return await run(await app.api().start())
  } finally {
    await app.close()
  }
}
