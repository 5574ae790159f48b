import { readdirSync } from 'node:fs'
import type { Broker, ClaimedTask, WorkerNotice } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { bytesOf } from '../../../lib/stores/redis/layout/bytes.js'
import { readRedisUrl } from '../../../lib/stores/redis/connection/redis-url.js'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import { RedisSession } from '../../../lib/stores/redis/queue/redis-session.js'
import { Script } from '../../../lib/stores/redis/scripts/script.js'
import { monitor } from '../../support/monitor.js'
import { until } from '../../support/until.js'
import { done, task, useFixture } from './fixture.js'

const VERBS = readdirSync('src/stores/redis/queue')
  .filter((file) => file.endsWith('.lua'))
  .map((file) => file.replace('.lua', ''))
const FAILED = { status: 2, outcome: '{"e":1}', ttl: 60_000 } as const

/** A command of a script, or the call of the script itself, as MONITOR shows them. */
interface Seen {
  readonly verb: string
  readonly keys: readonly string[]
  readonly commands: string[][]
}

/** Calls every verb of a queue, most with all that they may find. */
async function everyVerb(broker: Broker, session: RedisSession, queue: string): Promise<void> {
  const notices: WorkerNotice[] = []
  await broker.openWorker(queue, 'w', (notice) => notices.push(notice))
  await broker.join(queue, { id: 'w', slots: 20, leaseTtl: 60_000 })
  let seq = 0
  const call = () => ({ queue, worker: 'w', lane: 0, seq: ++seq, freeSlots: 2, handOff: 0 })
  await broker.settle(call(), [], 2)
  await broker.queue(queue, [task('a', { inbox: 'me' }), task('b'), task('c')])
  const [a, b] = await until('the hand-off', () => {
    const found = notices.find(({ kind }) => kind === 'handed')
    return found?.kind === 'handed' ? found.tasks : undefined
  })
  const [c] = (await broker.settle(call(), [], 5)).tasks
  if (!a || !b || !c) throw new Error('all were ready')
  const claim = async (): Promise<readonly ClaimedTask[]> => (await broker.settle(call(), [], 9)).tasks
  await broker.held(queue, 'w', [a])
  await broker.progress(queue, 'w', [{ id: 'a', fence: a.fence, progress: '1' }])
  await broker.get(queue, ['a', 'b', 'never'], 'me')
  await broker.renew(queue, 'w')
  expect(await broker.isConsumed(queue)).toBe(true)
  const attempt = { run: 1, startedAt: 1, endedAt: 2, worker: 'w', error: 'no' }
  await broker.settle(
    call(),
    [
      { ...done(a), ...FAILED },
      { kind: 'retry', task: b, delay: 0, outcome: '{}', attempt },
      { kind: 'release', task: c, delay: 60_000 },
    ],
    0,
  )
  await broker.settle(call(), [done(a), done(c)], 0)
  await broker.promote(queue, ['c'])
  await broker.revoke(
    queue,
    (await claim()).slice(0, 1).map(({ id }) => id),
    '{}',
    60_000,
  )
  await broker.queue(queue, [task('a', { checkDuplicate: true, inbox: 'me' }), task('d', { checkDuplicate: true })])
  await broker.queue(queue, [task('later', { delay: 60_000 }), task('urgent', { priority: 9 })])
  await broker.tick(queue, { job: 'x', expected: null, at: 1, schedule: '', operation: 'one', task: task('tick') })
  await broker.lastTicks(queue, ['x'])
  await broker.pause(queue)
  await broker.resume(queue)
  await broker.size(queue)
  await broker.stats(queue)
  await broker.leave(queue, 'w')
  await broker.flush(queue, 'op')
  await broker.queue(queue, [task('poison', { inbox: 'me' })])
  await broker.join(queue, { id: 'dead', slots: 1, leaseTtl: 1 })
  await broker.settle({ queue, worker: 'dead', lane: 0, seq: 1 }, [], 1)
  await until('the end of poison', async () => {
    const { failed } = await broker.reclaim(queue, { crashCap: 1, outcome: '{}', ttl: 60_000, grace: 1 })
    return failed.length > 0 ? true : undefined
  })
  await broker.join(queue, { id: 'living', slots: 9, leaseTtl: 60_000 })
  await broker.queue(queue, [task('kept'), task('put back'), task('taken out')])
  const living = { queue, worker: 'living', lane: 0, seq: 1 }
  const { tasks } = await broker.settle(living, [], 3)
  const released = tasks.slice(2).map((each) => ({ kind: 'release', task: each, delay: 60_000 }) as const)
  await broker.settle({ ...living, seq: 2 }, released, 0)
  const adopted = tasks.filter(({ id }) => id !== 'put back')
  await broker.adopt(queue, 'living', { slots: 9, ttl: 60_000, topFence: 1, tasks: adopted })
  // Where the server refuses the renewal of a lease.
  await session.run('queue/renew-refused', queue, { args: { worker: bytesOf('living') } })
  await session.run('queue/forget', queue)
}

describe('the scripts of a queue', () => {
  const at = useFixture()

  /** What MONITOR shows of the scripts while `act` runs. */
  async function scriptsOf(
    act: () => Promise<void>,
  ): Promise<{ readonly scripts: Seen[]; readonly plain: string[][] }> {
    const names = new Map(VERBS.map((verb) => [Script.named(`queue/${verb}`).sha, verb]))
    const scripts: Seen[] = []
    const plain: string[][] = []
    let isOver = false
    const end = await monitor(at.redis.options, ({ args, source }) => {
      const [command = '', sha = '', count = ''] = args
      if (source === 'lua') scripts.at(-1)?.commands.push(args)
      else if (command === 'evalsha')
        scripts.push({ verb: names.get(sha) ?? sha, keys: args.slice(3, 3 + Number(count)), commands: [] })
      else plain.push(args)
      isOver ||= command === 'echo'
    })
    await act()
    await at.redis.echo('over')
    await until('the end', () => (isOver ? true : undefined))
    end()
    return { scripts, plain }
  }

  it('declare all keys that they use, and use keys and channels of one slot only', async () => {
    const session = new RedisSession(readRedisUrl(at.server.url))
    await at.broker.openInbox('me', () => undefined)
    await at.broker.onTaskEvent(() => undefined)
    // The first call of a script has its text.
    await everyVerb(at.broker, session, 'warm')
    const { scripts, plain } = await scriptsOf(async () => {
      await everyVerb(at.broker, session, 'mail')
    })
    await session.close()
    expect(VERBS.filter((verb) => !scripts.some((each) => each.verb === verb))).toEqual([])

    const declared = new Set(scripts.flatMap(({ keys }) => keys))
    expect([...declared].filter((key) => !key.startsWith('{pq:mail}:'))).toEqual([])
    const published = scripts.flatMap(({ commands }) => commands.filter(([name]) => name === 'SPUBLISH'))
    expect([...new Set(published.map(([, channel]) => channel))].toSorted()).toEqual(
      ['ev', 'in:me', 'w:w'].map((name) => `{pq:mail}:${name}`),
    )
    const undeclared: string[] = []
    for (const { verb, keys, commands } of scripts) {
      for (const command of commands.filter(([name]) => name !== 'SPUBLISH')) {
        expect(command[0]).not.toMatch(/publish/i)
        for (const key of await keysIn(command)) if (!keys.includes(key)) undeclared.push(`${verb} ${key}`)
      }
    }
    expect(undeclared).toEqual([])
    // Outside of scripts one message is for the whole namespace: the announcement of a new queue.
    expect(plain.filter(([name]) => name === 'publish').map(([, channel]) => channel)).toEqual(['pq:new'])
  })

  it('are executed by a node of a Redis Cluster, which refuses calls over several slots', async () => {
    // By default the port of the bus is one that an outgoing connection may have.
    const bus = String(at.server.port - 10_000)
    await at.server.restart(['--cluster-enabled', 'yes', '--cluster-port', bus])
    await at.redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await until('the cluster', async () =>
      String(await at.redis.call('CLUSTER', 'INFO')).includes('cluster_state:ok') ? true : undefined,
    )
    await expect(at.redis.mget('a', 'b')).rejects.toThrow('CROSSSLOT')
    const session = new RedisSession(readRedisUrl(at.server.url))
    const broker = new RedisBroker(at.server.url)
    const [ends, events]: [string[], string[]] = [[], []]
    await broker.openInbox('me', (notice) => ends.push(notice.kind))
    await broker.onTaskEvent((event, { header }) => events.push(`${header.queue} ${event}`))
    await everyVerb(broker, session, 'one')
    await everyVerb(broker, session, 'two')
    await at.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await until('the reconnection', () => (ends.includes('reconnected') ? true : undefined))
    ends.length = 0
    await broker.queue('one', [task('z', { inbox: 'me' })])
    await broker.revoke('one', ['z'], '{}', 60_000)
    await until('an end', () => (ends.includes('done') ? true : undefined))
    expect(new Set(events)).toEqual(new Set(['one queued', 'one done', 'two queued', 'two done']))
    await Promise.all([broker.close(), session.close()])
  })

  /** The keys of a command, as the server says. */
  async function keysIn(command: readonly string[]): Promise<string[]> {
    if (command.length === 1) return []
    try {
      return (await at.redis.call('COMMAND', 'GETKEYS', ...command)) as string[]
    } catch (error) {
      if (String(error).includes('no key arguments')) return []
      throw error
    }
  }
})
