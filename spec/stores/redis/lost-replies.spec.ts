/*
 * Each verb is executed by a master, its reply gets lost, and the master with it. Another one takes over, which has what the verb did, or
 * has not. The call is sent again there; then all is as where the verb was called once and answered.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { slotOfKey } from '../../../lib/stores/redis/cluster/key-slot.js'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import { RedisPermitStore } from '../../../lib/stores/redis/redis-permit-store.js'
import { startCluster } from '../../support/cluster.js'
import { startSentinels } from '../../support/sentinel.js'
import type { TcpProxy } from '../../support/tcp-proxy.js'
import { startTcpProxy } from '../../support/tcp-proxy.js'
import type { Verb } from './lost-replies/verbs.js'
import { Scene, VERBS } from './lost-replies/verbs.js'
import { viewOf, withoutTimes } from './lost-replies/view.js'

const SILENCE = Buffer.alloc(0)

/** A master that all namespaces lie on, and those that may take its place. */
interface SetUp {
  /** URL, with a `?` and what stands behind it. */
  readonly url: string
  readonly port: number
  readonly master: Redis
  readonly replicas: readonly Redis[]
  /** Whether all keys of a namespace lie on the master. */
  hasAll(namespace: string): boolean
  /** Kills the master. Resolves when another one has its place. */
  fail(): Promise<void>
  stop(): Promise<void>
}

async function behindSentinels(): Promise<SetUp> {
  const setUp = await startSentinels()
  const master = await setUp.master()
  return {
    url: `${setUp.url}&`,
    port: master.port,
    master: setUp.client(master),
    replicas: setUp.servers.filter((each) => each !== master).map((each) => setUp.client(each)),
    hasAll: () => true,
    async fail() {
      await master.kill()
      await setUp.nextMaster(master)
    },
    stop: setUp.stop,
  }
}

async function inCluster(): Promise<SetUp> {
  const cluster = await startCluster({ replicas: 1 })
  const [master] = cluster.masters
  if (!master) throw new Error('there is no master')
  // The first master has the first third of all slots.
  const isThere = (key: string): boolean => slotOfKey(key) < 5_000
  return {
    url: `${cluster.url}?`,
    port: master.port,
    master: master.redis,
    replicas: [cluster.replicaOf(master).redis],
    hasAll: (namespace) =>
      ['q', 'to', 'lock:lock'].every((name) => isThere(`{${namespace}:${name}}:`)) && isThere(`{${namespace}:}:`),
    async fail() {
      await master.kill()
      await cluster.replaced(0, master)
    },
    stop: cluster.stop,
  }
}

/** A proxy swallows one reply to a script, and all that follows. Resolves when it is swallowed. */
async function swallow(proxy: TcpProxy, reply: number): Promise<void> {
  let left = reply
  await new Promise<void>((resolve) => {
    proxy.rewrite = (data, asked) => {
      if (left > 0 && !/eval/i.test(asked.toString('latin1', 0, 200))) return data
      left -= 1
      if (left > 0) return data
      if (left === 0) resolve()
      return SILENCE
    }
  })
}

describe.each([
  ['behind Sentinels', behindSentinels],
  ['in a cluster', inCluster],
])('a verb whose reply gets lost, with its master, %s', (_where, start) => {
  const closing: (() => Promise<void>)[] = []
  let namespaces = 0

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  function nameFor(setUp: SetUp): string {
    for (;;) {
      namespaces += 1
      if (setUp.hasAll(`n${String(namespaces)}`)) return `n${String(namespaces)}`
    }
  }

  /** @param port - where the master is reached. Default: where it listens */
  function open(setUp: SetUp, namespace: string, port = setUp.port): Scene {
    const url = `${setUp.url}namespace=${namespace}&connectTimeout=60s`
    const natMap = { [`127.0.0.1:${String(setUp.port)}`]: `127.0.0.1:${String(port)}` }
    const [broker, permits] = [new RedisBroker(url, { natMap }), new RedisPermitStore(url, { natMap })]
    closing.push(async () => {
      await Promise.all([broker.close(), permits.close()])
    })
    return new Scene(broker, permits)
  }

  /** A verb is executed, and its reply is lost. */
  async function lose(setUp: SetUp, { before, reply = 1, act }: Verb) {
    const proxy = await startTcpProxy(setUp.port)
    closing.push(proxy.stop)
    const namespace = nameFor(setUp)
    const scene = await open(setUp, namespace, proxy.port).setUp()
    await before?.(scene)
    return {
      namespace,
      async lose() {
        const isLost = swallow(proxy, reply)
        const answer = act(scene).then(
          (value) => ({ value }),
          (error: unknown) => ({ error: String(error) }),
        )
        await Promise.race([
          isLost,
          answer.then((early) => Promise.reject(new Error(`answered: ${JSON.stringify(early)}`))),
        ])
        return { answer }
      },
    }
  }

  /** What a verb does that is called once, and answered. @param isAgain - whether the answer is that to a call that has acted before */
  async function once(setUp: SetUp, { before, act, saysAgain }: Verb, isAgain: boolean) {
    const scene = await open(setUp, nameFor(setUp)).setUp()
    await before?.(scene)
    const value = await act(scene)
    return { answer: withoutTimes({ value: isAgain ? (saysAgain ?? value) : value }), view: await viewOf(scene) }
  }

  it.each(['has', 'has not'])(
    'acts once where the next master %s what it did',
    async (fate) => {
      const setUp = await start()
      closing.push(setUp.stop)
      const verbs = Object.entries(VERBS)
      const losses = await Promise.all(
        verbs.map(async ([name, verb]) => [name, verb, await lose(setUp, verb)] as const),
      )
      if (fate === 'has not') {
        await setUp.master.wait(setUp.replicas.length, 10_000)
        // They cannot connect again.
        for (const replica of setUp.replicas) await replica.config('SET', 'masteruser', 'nobody', 'masterauth', 'wrong')
        await setUp.master.call('CLIENT', 'KILL', 'TYPE', 'replica')
      }
      const waiting = await Promise.all(losses.map(async ([, , { lose }]) => await lose()))
      if (fate === 'has') expect(await setUp.master.wait(setUp.replicas.length, 10_000)).toBe(setUp.replicas.length)
      await setUp.fail()
      const seen = losses.map(async ([name, verb, { namespace }], i) => {
        const answer = withoutTimes(await waiting[i]?.answer)
        const expected = await once(setUp, verb, fate === 'has')
        return { found: { name, answer, view: await viewOf(open(setUp, namespace)) }, expected: { name, ...expected } }
      })
      const all = await Promise.all(seen)
      const differs = all.filter(({ found, expected }) => !isDeepStrictEqual(found, expected))
      expect(differs.map(({ found }) => found)).toEqual(differs.map(({ expected }) => expected))
      expect(all).toHaveLength(verbs.length)
    },
    120_000,
  )
})
