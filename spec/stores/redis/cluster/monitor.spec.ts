import { readdirSync } from 'node:fs'
import type { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { RedisBroker } from '../../../../lib/stores/redis/redis-broker.js'
import { RedisPermitStore } from '../../../../lib/stores/redis/redis-permit-store.js'
import type { ScriptName } from '../../../../lib/stores/redis/scripts/script.js'
import { Script } from '../../../../lib/stores/redis/scripts/script.js'
import type { Cluster } from '../../../support/cluster.js'
import { startCluster } from '../../../support/cluster.js'
import { monitor } from '../../../support/monitor.js'
import { until } from '../../../support/until.js'
import { Scene, VERBS } from '../lost-replies/verbs.js'
import { viewOf } from '../lost-replies/view.js'
import { driveApp } from './app-load.js'

const NAMES = ['queue', 'locks', 'operations'].flatMap((face) =>
  readdirSync(`src/stores/redis/${face}`)
    .filter((file) => file.endsWith('.lua'))
    .map((file) => `${face}/${file.replace('.lua', '')}` as ScriptName),
)
/** Only faults lead to these, and looks that others share their keys with. */
const UNUSED: readonly string[] = [
  ...['queue/forget', 'queue/renew-refused', 'queue/settled', 'queue/reclaim-failed'],
  ...['operations/moving', 'operations/series'],
]
/** Commands without a key. The next holder of a lock is told on a channel that all nodes carry. */
const KEYLESS = new Set(['TIME', 'PUBLISH', 'SPUBLISH'])

/** A call of a script, and the commands of it that name a key which the call does not. */
interface Seen {
  readonly name: string
  readonly keys: readonly string[]
  readonly undeclared: string[]
}

/** What a text, and the same text as MONITOR shows it, have in common. */
const plainText = (text: string): string => text.replaceAll('\\n', '').replaceAll(/[\\"\s]/g, '')

/** Collects the calls of scripts on a node. Resolves to a function that ends that. */
async function watch(redis: Redis, seen: Seen[]): Promise<() => Promise<void>> {
  const scripts = NAMES.map((name) => ({ name, script: Script.named(name) }))
  const names = new Map<string, string>(
    scripts.flatMap(({ name, script: { sha, source } }) => [sha, plainText(source)].map((key) => [key, name] as const)),
  )
  let last: Seen | undefined
  let isOver = false
  const end = await monitor(redis.options, ({ args, source }) => {
    const [command = '', first = '', count = ''] = args
    if (/^eval(sha)?$/i.test(command)) {
      const name = names.get(/sha/i.test(command) ? first : plainText(first)) ?? first
      last = { name, keys: args.slice(3, 3 + Number(count)), undeclared: [] }
      seen.push(last)
    } else if (source === 'lua' && !KEYLESS.has(command.toUpperCase())) {
      const named = args.slice(1).filter((part, i) => i === 0 || /^\{[^}]+\}:\w+$/.test(part))
      last?.undeclared.push(
        ...named.filter((key) => last?.keys.includes(key) === false).map((key) => `${command} ${key}`),
      )
    }
    isOver ||= command.toLowerCase() === 'echo'
  })
  return async () => {
    await redis.echo('over')
    await until('the end', () => (isOver ? true : undefined))
    end()
  }
}

/** How often a node has refused something, by the first word of its error. */
async function refusals(cluster: Cluster): Promise<string[]> {
  const stats = await Promise.all(cluster.masters.map(async ({ redis }) => await redis.info('errorstats')))
  return stats.flatMap((text) => [...text.matchAll(/^errorstat_(\w+)/gm)].map(([, word]) => word ?? ''))
}

/** Checks that calls name all keys that their scripts use, and that the keys of each have one slot. */
function checkKeys(all: readonly Seen[]): void {
  expect(all.flatMap(({ name, undeclared }) => undeclared.map((each) => `${name}: ${each}`))).toEqual([])
  const tags = ({ keys }: Seen): number => new Set(keys.map((key) => key.slice(0, key.indexOf('}')))).size
  expect(all.filter((call) => tags(call) > 1)).toEqual([])
}

it('every verb uses keys that its call declares, of one slot, whatever node has them', async () => {
  const cluster = await startCluster()
  onTestFinished(cluster.stop)
  const seen = cluster.masters.map((): Seen[] => [])
  const ends = await Promise.all(cluster.masters.map(async ({ redis }, i) => await watch(redis, seen[i] ?? [])))
  const run = async (namespace: string, { before, act }: (typeof VERBS)[string]): Promise<void> => {
    const url = `${cluster.url}?namespace=${namespace}`
    const [broker, permits] = [new RedisBroker(url), new RedisPermitStore(url)]
    await broker.onTaskEvent(() => undefined)
    const scene = await new Scene(broker, permits).setUp()
    await before?.(scene)
    await act(scene)
    await broker.adopt('q', 'w', { slots: 9, ttl: 60_000, topFence: scene.held.fence, tasks: [scene.held] })
    await Promise.all([broker.stats('q'), broker.lastTicks('q', ['j']), broker.isConsumed('q')])
    await scene.operations.finishMoves('q')
    for (let times = 0; times < 2; times++) {
      await permits.sweep('other', 1)
      await permits.decline('other', ['b/1'])
      await permits.restore('other', { holder: 'b/1', fence: 1, max: 1 }, 60_000)
      await permits.release('other', 'b/1', null, 1)
    }
    await scene.operations.find('q', 'live', { jobs: null, tags: null, needles: [] }, null)
    await viewOf(scene)
    await Promise.all([broker.close(), permits.close()])
  }
  await Promise.all(Object.values(VERBS).map(async (verb, i) => await run(`n${String(i)}`, verb)))
  for (const end of ends) await end()

  const all = seen.flat()
  expect(seen.map((calls) => calls.length > 100)).toEqual([true, true, true])
  checkKeys(all)
  const missing = NAMES.filter((name) => !all.some((call) => call.name === name))
  expect(missing.filter((name) => !UNUSED.includes(name))).toEqual([])
  expect(await refusals(cluster)).not.toContain('CROSSSLOT')
})

it('an app with workers, threads, schedules, events, locks and operators uses such keys only, too', async () => {
  const cluster = await startCluster()
  const seen = cluster.masters.map((): Seen[] => [])
  const ends = await Promise.all(cluster.masters.map(async ({ redis }, i) => await watch(redis, seen[i] ?? [])))
  onTestFinished(cluster.stop)
  await driveApp(cluster.url)
  for (const end of ends) await end()

  expect(seen.map((calls) => calls.length > 0)).toEqual([true, true, true])
  checkKeys(seen.flat())
  expect(await refusals(cluster)).not.toContain('CROSSSLOT')
}, 120_000)
