import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Api, JobContext } from 'pulsar-queue'
import { defineJob, isPulsarError, Logger, PulsarQueue } from 'pulsar-queue'
import { expect, onTestFinished } from 'vitest'
import { KeptLogger } from '../../support/kept-logger.js'
import { until } from '../../support/until.js'

/** Time for which no server is there, ms. */
export const AWAY = Number(process.env['PQ_AWAY'] ?? 60_000)
/** Tasks that each queue has done before, and after. */
const TASKS = 200
/** Most bytes that a process may hold more after the outage than before. */
const MORE_MEMORY = 8 * 2 ** 20

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Signals of the runs of each task. */
const runs = new Map<string, AbortSignal[]>()
/** Starts of what a living worker runs, or has run to its end. One that was aborted when its lease was over is none. */
const secondStarts: string[] = []
let isBack = false
const work = defineJob({ name: 'elsewhere.work' }, async function (this: JobContext, id: string, ms: number) {
  const before = runs.get(id) ?? []
  if (before.some(({ aborted }) => !aborted)) secondStarts.push(id)
  runs.set(id, [...before, this.signal])
  // What starts later, or once more, need not take long.
  if (ms > 0 && !isBack && before.length === 0) await new Promise((resolve) => setTimeout(resolve, ms))
  return id
})

/** Servers that are all killed, and come back on other ports with what they have kept. */
export interface Store {
  readonly url: string
  readonly queues: readonly string[]
  /** Names of the connections that the servers have. */
  connections(): Promise<readonly string[]>
  killAll(): Promise<void>
  /** Resolves when the servers take calls. */
  comeBackElsewhere(): Promise<void>
  stop(): Promise<void>
}

/** Names of connections to a server, as `CLIENT LIST` tells them. */
export function namesIn(list: unknown): string[] {
  return [...String(list).matchAll(/ name=(pulsar-queue\S*)/g)].map(([, name]) => name ?? '')
}

/** What the process holds, and which connections the servers have of it. */
interface Held {
  readonly connections: Readonly<Record<string, number>>
  readonly resources: Readonly<Record<string, number>>
  readonly memory: number
}

function countsOf(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** What there is more of than before. */
function moreOf(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(after).flatMap(([name, count]) =>
    count > (before[name] ?? 0) ? [`${name}: ${String(count)} after ${String(before[name] ?? 0)}`] : [],
  )
}

async function heldBy(store: Store): Promise<Held> {
  const names = await store.connections()
  collect()
  return {
    // The one that asks who has which slots is closed after a while.
    connections: countsOf(names.filter((name) => name !== 'pulsar-queue-scout')),
    resources: countsOf(process.getActiveResourcesInfo().filter((name) => name !== 'Immediate')),
    memory: process.memoryUsage().heapUsed,
  }
}

/** The most of several looks, half a second apart: a timer of what is done now and then is not always there. */
async function mostHeldBy(store: Store, looks: number): Promise<Held> {
  const most = { connections: {} as Record<string, number>, resources: {} as Record<string, number>, memory: 0 }
  for (let left = looks; left > 0; left -= 1) {
    const held = await heldBy(store)
    for (const of of ['connections', 'resources'] as const) {
      for (const [name, count] of Object.entries(held[of])) most[of][name] = Math.max(most[of][name] ?? 0, count)
    }
    most.memory = held.memory
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  return most
}

async function doneIn(api: Api, queues: readonly string[], label: string): Promise<void> {
  for (const queue of queues) {
    const futures = Array.from({ length: TASKS }, (_, i) =>
      api.tasks.queue(work, [`${label} ${queue} ${String(i)}`, 0], { queue }),
    )
    await Promise.all(futures)
  }
}

/**
 * Workers and a producer go on by themselves after all servers were away: everything is done, nothing twice, and no more is open than
 * before.
 */
export async function goOnElsewhere(store: Store): Promise<void> {
  const { queues } = store
  const loggers: KeptLogger[] = []
  const appOf = (settings: object = {}): PulsarQueue => {
    const app = new PulsarQueue({
      dataStore: store.url,
      workers: 0,
      parseConsole: false,
      handleSignals: false,
      ...settings,
    })
    const logger = new KeptLogger()
    loggers.push(logger)
    app.container.register(Logger, { useValue: logger })
    return app
  }
  // One loses its leases meanwhile, and aborts what it runs; the other one keeps them.
  const workers = ['10s', '5m'].map((leaseTtl) => appOf({ taskQueues: queues, concurrentTasks: 10, leaseTtl }))
  const producer = appOf()
  const warnings: string[] = []
  const warned = (warning: Error): void => void warnings.push(warning.message)
  process.on('warning', warned)
  onTestFinished(async () => {
    process.off('warning', warned)
    for (const app of [producer, ...workers]) await app.close()
    await store.stop()
  })
  for (const worker of workers) await worker.start()
  const api = await producer.api().start()
  await doneIn(api, queues, 'before')
  await new Promise((resolve) => setTimeout(resolve, 6_000))
  const before = await mostHeldBy(store, 12)
  const linesBefore = loggers.map(({ lines }) => lines.length)

  // Some end while no server is there, some after that, and some have to wait for a slot.
  const underWay = queues.flatMap((queue) =>
    Array.from({ length: 30 }, (_, i) =>
      api.tasks.queue(work, [`under way ${queue} ${String(i)}`, i % 2 === 0 ? 3_000 : AWAY + 5_000], { queue }),
    ),
  )
  await until('all to be stored', async () => {
    const stored = await Promise.all(underWay.map(async ({ id }) => await api.tasks.get(id)))
    return stored.includes(null) ? undefined : true
  })
  await until('runs', () =>
    [...runs.keys()].filter((id) => id.startsWith('under way')).length >= 20 ? true : undefined,
  )
  await store.killAll()
  const wasAway = performance.now()
  const refused: string[] = []
  const unsure: string[] = []
  const meanwhile: Promise<void>[] = []
  while (performance.now() - wasAway < AWAY) {
    for (const queue of queues) {
      const id = `meanwhile ${queue} ${String(meanwhile.length)}`
      unsure.push(id)
      meanwhile.push(
        api.tasks.queue(work, [id, 0], { queue }).then(
          () => undefined,
          (error: unknown) => {
            refused.push(isPulsarError(error, 'PQ_BROKER_UNREACHABLE') ? id : String(error))
          },
        ),
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  isBack = true
  await store.comeBackElsewhere()
  const backAt = performance.now()
  await api.tasks.queue(work, ['first', 0], { queue: queues[0] })
  const wentOn = performance.now() - backAt
  const ends = await Promise.all(underWay.map(async (future) => (await future).result))
  await Promise.all(meanwhile)
  await doneIn(api, queues, 'after')

  let after = await heldBy(store)
  await until(
    'what is open to be as before',
    async () => {
      after = await heldBy(store)
      const isSame =
        moreOf(before.connections, after.connections).length + moreOf(before.resources, after.resources).length === 0
      return isSame ? true : undefined
    },
    20_000,
  ).catch(() => undefined)
  const told = loggers.map(({ lines }, i) =>
    lines
      .slice(linesBefore[i])
      .filter(({ level }) => level !== 'debug' && level !== 'trace')
      .map(({ message }) => message),
  )
  const again = [...runs.values()].filter(({ length }) => length > 1).length
  process.stdout.write(
    `elsewhere: went on after ${wentOn.toFixed(0)} ms; ${String(refused.length)} of ${String(meanwhile.length)} calls refused, ` +
      `${String(again)} runs again after an abort; memory ${String(before.memory)} and ${String(after.memory)} bytes\n${JSON.stringify({ after: after.connections, resources: after.resources, told }, null, 1)}\n`,
  )
  const started = [...runs.keys()]
  expect(ends.toSorted()).toEqual(started.filter((id) => id.startsWith('under way')).toSorted())
  expect(ends).toHaveLength(underWay.length)
  expect(secondStarts).toEqual([])
  expect(refused.filter((id) => !unsure.includes(id))).toEqual([])
  expect(unsure.filter((id) => !refused.includes(id) && !runs.has(id))).toEqual([])
  // One line a state and queue: neither one a retry, nor one a slot.
  for (const lines of told) {
    const kinds = lines.map((line) =>
      line.replace(/^(queue [^ :]+):? (cannot reach|[^:]*).*/, '$1 $2').replace(/its \d+ /, ''),
    )
    expect(kinds).toEqual([...new Set(kinds)])
    for (const queue of queues) {
      const isLost = kinds.some((line) => line.startsWith(`the lease on queue ${queue} was lost`))
      expect(kinds.filter((line) => line.startsWith(`queue ${queue} is joined again`))).toHaveLength(isLost ? 1 : 0)
    }
  }
  expect(warnings).toEqual([])
  // Fewer are right: a connection to a node is opened at the first call, as that of renewals that are not due yet.
  expect(moreOf(before.connections, after.connections)).toEqual([])
  expect(moreOf(before.resources, after.resources)).toEqual([])
  expect(after.memory - before.memory).toBeLessThan(MORE_MEMORY)
}
