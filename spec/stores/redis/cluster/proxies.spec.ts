import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { slotOfKey } from '../../../../lib/stores/redis/cluster/key-slot.js'
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

  beforeEach(async () => {
    cluster = await startCluster()
    proxies = new Map()
    for (const { port } of cluster.masters) proxies.set(port, await startTcpProxy(port))
    const [seed] = proxies.values()
    const natMap = Object.fromEntries(
      [...proxies].map(([port, proxy]) => [`127.0.0.1:${String(port)}`, `127.0.0.1:${String(proxy.port)}`]),
    )
    broker = new RedisBroker(`redis+cluster://127.0.0.1:${String(seed?.port)}/`, { natMap })
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
})
