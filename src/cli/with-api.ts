import type { Api } from '../api/api.js'

/** Runs something with a connected api, and disconnects whatever comes of it. */
export async function withApi<T>(argv: readonly string[], run: (api: Api) => Promise<T>): Promise<T> {
  // Loaded here, so that --help need not wait for it.
  const { PulsarQueue } = await import('../app/pulsar-queue.js')
  const app = new PulsarQueue({ argv })
  try {
    return await run(await app.api().start())
  } finally {
    await app.close()
  }
}
