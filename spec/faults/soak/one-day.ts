import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastClock } from '../../support/fast-clock.js'
import { fastClock } from '../../support/fast-clock.js'
import { startRedisServer } from '../../support/redis-server.js'
import { startServer } from '../../support/server-process.js'
import type { Broken } from '../checker/broken.js'
import { eachBrokenBy } from '../checker/broken.js'
import { Fleet } from '../harness/fleet.js'
import type { TestStore } from '../harness/test-store.js'
import { makeEmbeddedStore, redisStore } from '../harness/test-store.js'
import type { Growth } from '../long-run/growth.js'
import { growthOf } from '../long-run/growth.js'
import { storeUsage } from '../long-run/store-usage.js'
import { readUsage, writeUsage } from '../long-run/usage.js'
import type { DayReport } from '../one-day/report.js'
import { Random } from '../random.js'
import type { StoreKind } from '../scenarios/scenario.js'
import { repeat } from './repeat.js'

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const PROGRAM = fileOf('../load/program.mjs')
const PRODUCER = fileOf('../one-day/producer.ts')
const WORKER = fileOf('../one-day/worker.mjs')
/** A worker that stops has an hour of these clocks for it: half a minute of them is a fraction of a second. */
const SETTINGS = ['--workers', '0', '--log-level', 'error', '--grace-period', '1h']
const [MINUTE, HOUR] = [60_000, 3_600_000]
/** Workers that are killed, one after the other, and replaced at once; a last one survives. */
const VICTIMS = 2
const KILL_EVERY = [HOUR / 2, 2 * HOUR] as const
const LOOK_EVERY = 10 * MINUTE
const TELL_EVERY = 2 * HOUR
/** For how long the record of a task that is over is there at most: see `jobs.ts`. Redis deletes records in groups. */
const KEPT: Readonly<Record<StoreKind, number>> = { redis: 3 * HOUR, embedded: HOUR }
/** The periodic jobs, and the time between two of their ticks. */
const PERIODS: Readonly<Record<string, number>> = { minutely: MINUTE, quarterly: 15 * MINUTE, hourly: HOUR }

/** How long a day is, and how fast it goes by. */
export interface DayOptions {
  readonly store: StoreKind
  readonly hours: number
  /** Seconds of the clocks in a real one. */
  readonly factor: number
  readonly seed: number
}

/** The figures of a day. */
export interface Day extends DayOptions {
  /** Minutes that it took. */
  readonly minutes: number
  readonly tasks: number
  readonly ticks: number
  readonly kills: number
  readonly violations: number
  readonly broken: readonly Broken[]
  /** By how much delayed tasks and retries were late, ms of the clocks: half of them, and all but one in a hundred. */
  readonly p50: number
  readonly p99: number
  readonly usage: readonly Growth[]
}

/** A day, and what speaks against it in a line each. */
export interface JudgedDay {
  readonly day: Day
  readonly violations: readonly string[]
}

/** Lets the clocks of a server, workers and a producer go by faster, until they have seen a day. */
export async function oneDay(options: DayOptions, say: (line: string) => void): Promise<JudgedDay> {
  const clock = fastClock(options.factor)
  const store = await openStore(options.store, clock)
  const directory = mkdtempSync(join(tmpdir(), 'pq-day-'))
  let kills = 0
  const recorder = { record: ({ e }: { readonly e: string }) => void (kills += e === 'died' ? 1 : 0) }
  const env = { ...clock.env, ONE_DAY: directory }
  const fleet = new Fleet(recorder, env, [...SETTINGS, '--data-store', store.url], WORKER)
  try {
    const from = clock.now()
    const report = await passed(options, { clock, store, directory, fleet, say })
    const until = clock.now()
    const killed = kills
    await fleet.dismiss()
    const ticks = judgeTicks(readFileSync(join(directory, 'ticks'), 'utf8'), options.hours * HOUR, killed)
    const usage = growthOf(readUsage(join(directory, 'usage')), from, until, KEPT[options.store])
    const violations = [
      ...report.odd,
      ...(report.left === 0 ? [] : [`${String(report.left)} tasks are left`]),
      ...ticks.violations,
      ...fleet.failures,
      ...usage.filter(({ grows }) => grows === true).map(wordsOf),
    ]
    const late = report.late.toSorted((a, b) => a - b)
    const at = (share: number): number => Math.round(late[Math.floor(share * late.length)] ?? 0)
    const tasks = Object.values(report.queued).reduce((sum, count) => sum + count, 0)
    const figures = {
      tasks,
      ticks: ticks.count,
      kills: killed,
      violations: violations.length,
      broken: eachBrokenBy('the run', violations),
      p50: at(0.5),
      p99: at(0.99),
    }
    return { day: { ...options, minutes: clock.real(until - from) / MINUTE, ...figures, usage }, violations }
  } finally {
    await fleet.kill()
    await store.dispose()
    clock.dispose()
    rmSync(directory, { recursive: true, force: true })
  }
}

const PATIENT = '?connectTimeout=10m'

/** A call that takes as long as ever takes a hundred times as long by these clocks. */
async function openStore(kind: StoreKind, { env }: FastClock): Promise<TestStore> {
  return kind === 'redis'
    ? redisStore(await startRedisServer([], { env }), null, PATIENT)
    : await makeEmbeddedStore(null, PATIENT)
}

interface Parts {
  readonly clock: FastClock
  readonly store: TestStore
  readonly directory: string
  readonly fleet: Fleet
  readonly say: (line: string) => void
}

/** Runs the day, the kills and the looks until the producer has ended. */
async function passed({ hours, seed }: DayOptions, { clock, store, directory, fleet, say }: Parts): Promise<DayReport> {
  const random = new Random(seed)
  const survivor = await fleet.start({ args: [], env: { ONE_DAY_ROLE: 'survivor' } })
  await Promise.all(Array.from({ length: VICTIMS }, async () => await fleet.start({ args: [] })))
  const usage = storeUsage(store)
  const producer = await startServer(PROGRAM, [PRODUCER], {
    ...clock.env,
    ONE_DAY: directory,
    ONE_DAY_URL: store.url,
    ONE_DAY_HOURS: String(hours),
    ONE_DAY_SEED: String(seed),
  })
  const over = new AbortController()
  const began = clock.now()
  let nextKill = random.between(...KILL_EVERY)
  let nextWord = TELL_EVERY
  const look = async (): Promise<void> => {
    const passed = clock.now() - began
    writeUsage(join(directory, 'usage'), { of: 'store', at: clock.now(), figures: await usage.look() })
    if (passed >= nextWord) {
      nextWord += TELL_EVERY
      say(`${String(Math.round(passed / HOUR))} hours`)
    }
    if (passed < nextKill) return
    nextKill = passed + random.between(...KILL_EVERY)
    const victims = fleet.workers.filter((worker) => worker !== survivor)
    await victims[random.between(0, victims.length - 1)]?.server.kill('SIGKILL')
  }
  const looks = repeat(over.signal, clock.real(LOOK_EVERY), look)
  const how = await Promise.race([producer.exited, looks])
  over.abort()
  await looks
  usage.close()
  if (how !== 0) throw new Error(`the producer has ended with ${String(how)}:\n${producer.output()}`)
  return JSON.parse(readFileSync(join(directory, 'report'), 'utf8')) as DayReport
}

/** Each tick has run, and once, but for those whose worker was killed. */
function judgeTicks(lines: string, time: number, kills: number): { count: number; violations: string[] } {
  const seen = new Map(Object.keys(PERIODS).map((name) => [name, [] as number[]]))
  for (const line of lines.split('\n')) {
    if (line === '') continue
    const [name, tick] = JSON.parse(line) as [string, number]
    seen.get(name)?.push(tick)
  }
  const violations: string[] = []
  let [count, again] = [0, 0]
  for (const [name, all] of seen) {
    const period = PERIODS[name] ?? 0
    const ticks = [...new Set(all)].sort((a, b) => a - b)
    count += ticks.length
    again += all.length - ticks.length
    const gaps = ticks.filter((tick, i) => i > 0 && tick - (ticks[i - 1] ?? 0) !== period)
    if (gaps.length > 0) violations.push(`${name} has ${String(gaps.length)} gaps, one before ${String(gaps[0])}`)
    const most = Math.floor(time / period)
    if (ticks.length < most - 1) violations.push(`${name} has ${String(ticks.length)} ticks of ${String(most)}`)
  }
  if (again > kills) violations.push(`${String(again)} ticks have run again, after ${String(kills)} kills`)
  return { count, violations }
}

function wordsOf({ of, what, early, late }: Growth): string {
  return `${what} of the ${of} grew from ${early.toFixed(1)} to ${late.toFixed(1)}`
}
