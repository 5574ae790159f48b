/**
 * Calls jobs through the generated client. `client.generated.ts` was written by
 * `pq generate --jobs 'samples/typed-client/jobs/*.ts' --out samples/typed-client/client.generated.ts`.
 */
import { PulsarQueue } from 'pulsar-queue'
import { createClient, manifest } from './client.generated.js'

const app = new PulsarQueue({
  dataStore: 'embedded::memory:',
  workers: 0,
  taskPaths: [new URL('./jobs/*.ts', import.meta.url)],
  logLevel: 'warn',
})
const api = await app.api().start()
await app.start()
const client = await createClient(api)

const sum: number = await client.jobs.addition({ a: 4, b: 6 }).result()
console.log('sum', sum)
const sums = await Promise.all(client.jobs.addition.many([{ a: 1 }, { a: 2, b: 2 }]))
console.log('sums', sums.map((task) => task.result).join(' '))
const { words, longest } = await client.jobs
  .textStatistics({ text: 'a task queue', options: { ignore: ['a'] } })
  .result()
console.log('words', words, longest)
console.log('jobs', Object.keys(manifest.jobs).join(' '))

// @ts-expect-error -- b is a number
const refused = client.jobs.addition({ a: 4, b: '6' })
await refused.catch((error: unknown) => {
  console.log(error instanceof Error ? error.message : error)
})
await client.close()
await app.close()
