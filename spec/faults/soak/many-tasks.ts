import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Broker } from 'pulsar-queue'
import { startRedisServer } from '../../support/redis-server.js'
import type { ServerProcess } from '../../support/server-process.js'
import { startServer } from '../../support/server-process.js'
import type { Broken } from '../checker/broken.js'
import { brokenBy, countOf } from '../checker/broken.js'
import { recoveryOf } from '../checker/figures.js'
import type { Verdict } from '../checker/judge.js'
import { Fleet } from '../harness/fleet.js'
import { RULES } from '../harness/run-scenario.js'
import type { TestStore } from '../harness/test-store.js'
import { makeEmbeddedStore, redisStore } from '../harness/test-store.js'
import type { Event } from '../history/event.js'
import { now } from '../history/recorder.js'
import { Audit } from '../long-run/audit.js'
import type { Growth } from '../long-run/growth.js'
import { growthOf } from '../long-run/growth.js'
import { judgeLongRun } from '../long-run/judge-long-run.js'
import { storeUsage } from '../long-run/store-usage.js'
import { LOOK_EVERY, readUsage, writeUsage } from '../long-run/usage.js'
import { Random } from '../random.js'
import type { StoreKind } from '../scenarios/scenario.js'
import { repeat } from './repeat.js'

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const PROGRAM = fileOf('../load/program.mjs')
const PRODUCER = fileOf('../long-run/producer.ts')
const WORKER = fileOf('../long-run/worker.mjs')
const QUEUE = 'pulsarqueue'
const SETTINGS = ['--workers', '0', '--log-level', 'error', '--lease-ttl', '2s', '--concurrent-tasks', '100']
/** Workers that are killed, and replaced at once. */
const VICTIMS = 2
/** Fewest and most tasks between two kills: about one in two seconds at 5,000 tasks a second. */
const KILLS = [5_000, 15_000] as const
const MINUTE = 60_000
const AUDIT_EVERY = 200
const TELL_EVERY = 30_000
/** Longest time in which the queue drains when its producer has ended, ms. */
const PATIENCE = 90_000
/** For how long the record of a task that is over is there at most, ms: see `jobs.ts`. Redis deletes records in groups. */
const KEPT: Readonly<Record<StoreKind, number>> = { redis: 30 * MINUTE, embedded: 10 * MINUTE }

/** How much a long run is to do. */
export interface LongRunOptions {
  readonly store: StoreKind
  readonly tasks: number
  /** Most tasks a second. */
  readonly rate: number
  readonly seed: number
  /** Nothing is queued after this moment of `performance.now()`. */
  readonly until: number
}

/** The figures of a long run. */
export interface LongRun {
  readonly store: StoreKind
  readonly seed: number
  readonly rate: number
  readonly tasks: number
  readonly minutes: number
  readonly kills: number
  readonly lost: number
  readonly secondStarts: number
  readonly violations: number
  readonly broken: readonly Broken[]
  /** ms until a task of a worker that was killed ran again; null: none was interrupted. */
  readonly p50: number | null
  readonly p99: number | null
  readonly usage: readonly Growth[]
}

/** A long run, and what speaks against it in a line each. */
export interface JudgedLongRun {
  readonly run: LongRun
  readonly violations: readonly string[]
  /** Where the history is kept, if anything speaks against it. */
  readonly kept?: string
}

/** What the parts of a run share. */
interface Parts {
  readonly options: LongRunOptions
  readonly store: TestStore
  readonly broker: Broker
  /** Of the history. */
  readonly directory: string
  readonly events: Event[]
  readonly fleet: Fleet
  readonly say: (line: string) => void
}

/** Runs many tasks through workers that are killed all the time, and judges every one of them. */
export async function manyTasks(options: LongRunOptions, say: (line: string) => void): Promise<JudgedLongRun> {
  const store = options.store === 'redis' ? redisStore(await startRedisServer(), null, '') : await makeEmbeddedStore()
  const directory = mkdtempSync(join(tmpdir(), 'pq-long-run-'))
  const broker = await store.open()
  const events: Event[] = []
  const recorder = { record: (event: object) => void events.push({ at: now(), ...event } as Event) }
  const settings = [...SETTINGS, '--data-store', store.url]
  const fleet = new Fleet(recorder, { LONG_RUN: directory }, settings, WORKER)
  try {
    const result = await judged({ options, store, broker, directory, events, fleet, say })
    if (result.violations.length > 0) return { ...result, kept: directory }
    rmSync(directory, { recursive: true, force: true })
    return result
  } finally {
    await fleet.kill()
    await broker.close()
    await store.dispose()
  }
}

async function judged(parts: Parts): Promise<JudgedLongRun> {
  const { options, broker, directory, events, fleet, say } = parts
  const audit = new Audit(directory, broker, QUEUE)
  const { from, until } = await loaded(parts, audit)
  const drainedAt = await drained(broker)
  say('all tasks are over; the last ones are looked up')
  await audit.finish()
  await fleet.dismiss()
  const [sizes, stats] = await Promise.all([broker.size(QUEUE), broker.stats(QUEUE)])
  const queue = { name: QUEUE, sizes, stats, leftOvers: await parts.store.leftOvers(QUEUE) }
  const verdict = judgeLongRun(directory, { queue, drainedAt, events }, RULES)
  const usage = growthOf(readUsage(join(directory, 'usage')), from, until, KEPT[options.store])
  const grown = usage.filter(({ grows }) => grows === true).map(wordsOf)
  const violations = [...verdict.violations, ...fleet.failures, ...grown]
  const broken = [...verdict.broken, ...brokenBy('the run', [...fleet.failures, ...grown])]
  return { run: figuresOf(options, { ...verdict, broken }, (until - from) / MINUTE, usage), violations }
}

/** Runs the load, the kills and the looks until the producer has ended. */
async function loaded(parts: Parts, audit: Audit): Promise<{ readonly from: number; readonly until: number }> {
  const { options, store, directory, events, fleet, say } = parts
  const random = new Random(options.seed)
  const survivor = await fleet.start({ args: [], env: { LONG_RUN_ROLE: 'survivor' } })
  await Promise.all(Array.from({ length: VICTIMS }, async () => await fleet.start({ args: [] })))
  const usage = storeUsage(store)
  const look = async (): Promise<void> => {
    writeUsage(join(directory, 'usage'), { of: 'store', at: now(), figures: await usage.look() })
  }
  await look()
  const from = now()
  const producer = await startProducer(parts)
  const over = new AbortController()
  let nextKill = random.between(...KILLS)
  const auditAndKill = async (): Promise<void> => {
    await audit.look()
    if (audit.count < nextKill) return
    nextKill = audit.count + random.between(...KILLS)
    const victims = fleet.workers.filter((worker) => worker !== survivor)
    await victims[random.between(0, victims.length - 1)]?.server.kill('SIGKILL')
  }
  const tell = (): void => {
    const kills = events.filter((event) => event.e === 'died').length
    say(`${String(Math.round((now() - from) / 1_000))} s: ${String(audit.count)} tasks over, ${String(kills)} kills`)
  }
  const loops = [
    repeat(over.signal, AUDIT_EVERY, auditAndKill),
    repeat(over.signal, LOOK_EVERY, look),
    repeat(over.signal, TELL_EVERY, tell),
  ]
  const how = await Promise.race([producer.exited, ...loops])
  const until = now()
  over.abort()
  await Promise.all(loops)
  usage.close()
  events.push({ at: until, e: 'stopped' }, { at: until, e: 'finished', producer: 'p1' })
  if (how !== 0) throw new Error(`the producer has ended with ${String(how)}:\n${producer.output()}`)
  return { from, until }
}

async function startProducer({ options, store, directory }: Parts): Promise<ServerProcess> {
  const producer = await startServer(PROGRAM, [PRODUCER], {
    LONG_RUN: directory,
    LONG_RUN_URL: store.url,
    LONG_RUN_TASKS: String(options.tasks),
    LONG_RUN_RATE: String(options.rate),
    LONG_RUN_SEED: String(options.seed),
  })
  const left = options.until - performance.now()
  if (left < 2 ** 31 - 1) setTimeout(() => producer.process.kill('SIGUSR2'), left).unref()
  return producer
}

/** @returns when the queue was empty; null: it was not in time */
async function drained(broker: Broker): Promise<number | null> {
  const bound = now() + PATIENCE
  while (now() < bound) {
    const { ready, delayed, held } = await broker.size(QUEUE)
    if (ready + delayed + held === 0) return now()
    await pause(50)
  }
  return null
}

function figuresOf(
  { store, seed, rate }: LongRunOptions,
  { figures, broken }: Verdict,
  minutes: number,
  usage: readonly Growth[],
): LongRun {
  const { tasks, kills, lost, secondStarts } = figures
  const { p50, p99 } = recoveryOf(figures)
  return {
    ...{ store, seed, rate, tasks, minutes, kills, lost, secondStarts },
    ...{ violations: countOf(broken), broken, p50, p99, usage },
  }
}

function wordsOf({ of, what, early, late }: Growth): string {
  return `${what} of the ${of} grew from ${early.toFixed(1)} to ${late.toFixed(1)}`
}
