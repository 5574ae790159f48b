import type { Api } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { expect, it, onTestFinished } from 'vitest'
import { slotOfKey } from '../../../../lib/stores/redis/cluster/key-slot.js'
import { RedisBroker } from '../../../../lib/stores/redis/redis-broker.js'
import { startCluster } from '../../../support/cluster.js'
import { until } from '../../../support/until.js'

const QUEUE = 'mail'
const RESULTS = 100_000
/** Tasks that are queued at once, and results that are looked up at once. */
const CHUNK = 5_000
/** Tasks that are done between two moves. */
const BETWEEN = 400

const runs = new Map<string, number>()
const count = defineJob({ name: 'large-slot.count' }, (id: string) => {
  runs.set(id, (runs.get(id) ?? 0) + 1)
  return id
})

/** Queues a task each 5 ms, and notes how long each took, until it is ended. */
class Load {
  readonly took: number[] = []
  readonly ids: string[] = []
  #isOver = false
  readonly #all: Promise<void>

  constructor(private readonly api: Api) {
    this.#all = this.#queue()
  }

  async #queue(): Promise<void> {
    const ends: Promise<void>[] = []
    for (let i = 0; !this.#isOver; i++) {
      const from = performance.now()
      const future = this.api.tasks.queue(count, [`load ${String(i)}`], { queue: QUEUE })
      this.ids.push(future.id)
      ends.push(
        future.then(({ result }) => {
          expect(result).toBe(`load ${String(i)}`)
          this.took.push(performance.now() - from)
        }),
      )
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await Promise.all(ends)
  }

  /** Resolves when that many more tasks are over, to how long each of those took, the shortest first. */
  async more(tasks: number): Promise<number[]> {
    const from = this.took.length
    await until('the tasks', () => (this.took.length >= from + tasks ? true : undefined))
    return this.took.slice(from).toSorted((a, b) => a - b)
  }

  async end(): Promise<void> {
    this.#isOver = true
    await this.#all
  }
}

it('a slot with 100,000 results that moves, and moves back, under load loses and doubles nothing, and pauses its own queue once', async () => {
  const cluster = await startCluster()
  const slot = slotOfKey(`{pq:${QUEUE}}:s`)
  const settings = { dataStore: cluster.url, workers: 0, parseConsole: false, logLevel: 'error' } as const
  const app = new PulsarQueue({ ...settings, taskQueues: [QUEUE], concurrentTasks: 50 })
  const producer = new PulsarQueue(settings)
  const broker = new RedisBroker(cluster.url)
  onTestFinished(async () => {
    await broker.close()
    await producer.close()
    await app.close()
    await cluster.stop()
  })
  await app.start()
  const api = await producer.api().start()
  const ids: string[] = []
  for (let i = 0; i < RESULTS; i += CHUNK) {
    const args = Array.from({ length: CHUNK }, (_, place): [string] => [`before ${String(i + place)}`])
    ids.push(...(await Promise.all(api.tasks.queueMany(count, args, { queue: QUEUE }))).map(({ id }) => id))
  }
  const events = new Map<string, number>()
  await broker.onTaskEvent((event, { header }) => {
    if (event === 'done') events.set(header.id, (events.get(header.id) ?? 0) + 1)
  })
  const load = new Load(api)
  const p99 = (sorted: readonly number[]): string => (sorted[Math.floor(sorted.length * 0.99)] ?? NaN).toFixed(0)
  const says = [`p99 before ${p99(await load.more(BETWEEN))} ms`]
  const home = await cluster.masterOf(slot)
  const [other] = cluster.masters.filter((each) => each !== home)
  if (!other) throw new Error('there is one master only')
  for (const to of [other, home, other, home]) {
    const [from, began] = [load.took.length, performance.now()]
    await cluster.move(slot, to)
    const took = performance.now() - began
    // The tasks that the move has held up are over now.
    await load.more(BETWEEN / 2)
    const longest = Math.max(...load.took.slice(from))
    const seen = events.size
    const after = await load.more(BETWEEN)
    says.push(`move ${took.toFixed(0)} ms, longest task ${longest.toFixed(0)} ms, p99 after it ${p99(after)} ms`)
    await until('the events', () => (events.size >= seen + BETWEEN / 2 ? true : undefined))
    // One pause, about as long as the move.
    expect(longest).toBeLessThan(took + 10_000)
  }
  await load.end()
  process.stdout.write(`large slot: ${says.join('; ')}\n`)

  expect([...runs].filter(([, times]) => times !== 1)).toEqual([])
  expect(runs.size).toBe(RESULTS + load.ids.length)
  expect([...events].filter(([, times]) => times !== 1)).toEqual([])
  expect((await broker.stats(QUEUE)).succeeded).toBe(RESULTS + load.ids.length)
  let found = 0
  const all = [...ids, ...load.ids]
  for (let i = 0; i < all.length; i += CHUNK) {
    found += (await broker.get(QUEUE, all.slice(i, i + CHUNK))).filter((record) => record !== null).length
  }
  expect(found).toBe(all.length)
}, 180_000)
