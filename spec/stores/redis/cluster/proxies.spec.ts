import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { slotOfKey } from '../../../../lib/stores/redis/cluster/key-slot.js'
import { ClusterConnection } from '../../../../lib/stores/redis/cluster/cluster-connection.js'
import { Topology } from '../../../../lib/stores/redis/cluster/topology.js'
import type { RedisLocation } from '../../../../lib/stores/redis/connection/redis-location.js'
import { readRedisUrl } from '../../../../lib/stores/redis/connection/redis-url.js'
import { RedisBroker } from '../../../../lib/stores/redis/redis-broker.js'
import type { Cluster } from '../../../support/cluster.js'
import { startCluster } from '../../../support/cluster.js'
import type { TcpProxy } from '../../../support/tcp-proxy.js'
import { startTcpProxy } from '../../../support/tcp-proxy.js'
import { done, task } from '../fixture.js'

const QUEUE = 'mail'
const SLOT = slotOfKey(`{pq:${QUEUE}}:s`)
const SILENCE = Buffer.alloc(0)

/** Nodes that are reached through proxies only, under other addresses than those that they tell. */
describe('a cluster behind a NAT', () => {
  let cluster: Cluster
  let proxies: Map<number, TcpProxy>
  let broker: RedisBroker
  let location: RedisLocation

  beforeEach(async () => {
    cluster = await startCluster()
    proxies = new Map()
    for (const { port } of cluster.masters) proxies.set(port, await startTcpProxy(port))
    const [seed] = proxies.values()
    const natMap = Object.fromEntries(
      [...proxies].map(([port, proxy]) => [`127.0.0.1:${String(port)}`, `127.0.0.1:${String(proxy.port)}`]),
    )
    const url = `redis+cluster://127.0.0.1:${String(seed?.port)}/`
    location = readRedisUrl(url, { natMap })
    broker = new RedisBroker(url, { natMap })
  })
  afterEach(async () => {
    await broker.close()
    for (const proxy of proxies.values()) await proxy.stop()
    await cluster.stop()
  })

  /** The proxy before the master of the queue. */
  async function proxy(): Promise<TcpProxy> {
    const found = proxies.get((await cluster.masterOf(SLOT)).port)
    if (!found) throw new Error('the master of the queue has no proxy')
    return found
  }

  /** The next reply is lost, with its connection. */
  async function loseReply(): Promise<void> {
    const struck = await proxy()
    struck.rewrite = () => null
  }

  /** The same; and no reply comes after that. Resolves to a promise that resolves when the reply is lost. */
  async function cutOff(): Promise<{ lost: Promise<void> }> {
    const struck = await proxy()
    const lost = new Promise<void>((resolve) => {
      struck.rewrite = () => {
        setImmediate(() => {
          struck.rewrite = () => SILENCE
          resolve()
        })
        return null
      }
    })
    return { lost }
  }

  it('is reached by the addresses of the map', async () => {
    await broker.connect()
    await broker.queue(QUEUE, [task('a')])
    // A master is connected to when one of its queues is used. These are spread over all.
    for (let i = 0; i < 30; i += 1) await broker.queue(`mail${String(i)}`, [task(`a${String(i)}`)])
    for (const { connections } of proxies.values()) expect(connections).toBeGreaterThan(0)
  })

  it('executes each call once, also one whose reply was lost', async () => {
    const call = { queue: QUEUE, worker: 'w', lane: 0 }
    await broker.queue(QUEUE, [task('first')])
    await broker.join(QUEUE, { id: 'w', slots: 10, leaseTtl: 60_000 })
    await broker.settle({ ...call, seq: 1 }, [], 1)
    await loseReply()
    await broker.queue(QUEUE, [task('second')])
    expect(await broker.size(QUEUE)).toMatchObject({ ready: 1, held: 1 })
    await loseReply()
    const { tasks } = await broker.settle({ ...call, seq: 2 }, [], 1)
    expect(tasks.map(({ id }) => id)).toEqual(['second'])
    await loseReply()
    const { verdicts } = await broker.settle({ ...call, seq: 3 }, tasks.map(done), 0)
    expect(verdicts).toEqual(['recorded'])
    expect(await broker.size(QUEUE)).toMatchObject({ ready: 0, held: 1 })
    expect((await broker.stats(QUEUE)).succeeded).toBe(1)
  })

  it('executes it once when its slot has moved to another node before it is sent again', async () => {
    await broker.queue(QUEUE, [task('first')])
    const { lost } = await cutOff()
    const queued = broker.queue(QUEUE, [task('second')])
    await lost
    const master = await cluster.masterOf(SLOT)
    const [other] = cluster.masters.filter((each) => each !== master)
    if (other) await cluster.move(SLOT, other)
    expect((await queued)[0]?.id).toBe('second')
    expect(await broker.size(QUEUE)).toMatchObject({ ready: 2 })
  })

  it('is known by what a node has said last, also where an older look is answered later', async () => {
    const topology = new Topology(location)
    const calls = new ClusterConnection(topology, location, { name: 'spec' })
    const call = async (): Promise<unknown> =>
      await calls.attempt(`{pq:${QUEUE}}:s`, async (redis) => await redis.get(`{pq:${QUEUE}}:none`))
    await topology.refresh()
    const before = topology.ownerOf(SLOT)
    const isLook = (reply: Buffer): boolean => reply.includes('*3\r\n:')
    const held = Promise.race([...proxies.values()].map(async (each) => await each.holdReply(isLook)))
    const looking = topology.refresh()
    const answer = await held
    const master = await cluster.masterOf(SLOT)
    const [other] = cluster.masters.filter((each) => each !== master)
    if (other) await cluster.move(SLOT, other)
    await call()
    const owners = [topology.ownerOf(SLOT)]
    expect(owners).not.toEqual([before])
    topology.onChange(() => owners.push(topology.ownerOf(SLOT)))
    answer()
    await looking
    expect(new Set([...owners, topology.ownerOf(SLOT)])).toEqual(new Set([owners[0]]))
    await calls.close()
    topology.close()
  })
})
