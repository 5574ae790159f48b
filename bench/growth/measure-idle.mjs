/**
 * So many idle workers on one queue. Each has a connection of its own, through which it joins, then renews its lease and looks
 * at the queue as often as a worker does that has been idle for long.
 */
import { pause } from '../lib/time.mjs'
import { openBroker } from './broker.mjs'

const QUEUE = 'pulsarqueue'
/** The lease by default, a third of which is the heartbeat, and the longest wait of an idle worker, ms. */
const LEASE = 15_000
const HEARTBEAT = LEASE / 3
const LOOK = 10_000
/** Workers that connect at the same time. */
const AT_ONCE = 20

/** @param opened - takes the worker as soon as there is a connection to close */
async function join(url, id, opened) {
  const broker = await openBroker(url)
  opened(broker)
  await broker.join(QUEUE, { id, slots: 5, leaseTtl: LEASE })
  let seq = 0
  const look = async () => await broker.settle({ queue: QUEUE, worker: id, lane: 0, seq: ++seq }, [], 5)
  await look()
  return { look, renew: async () => await broker.renew(QUEUE, id) }
}

/** Calls at an interval, from a moment of its own on. */
function repeat(interval, act, failed) {
  let timer = setTimeout(function again() {
    timer = setTimeout(again, interval)
    act().catch(failed)
  }, Math.random() * interval)
  return () => clearTimeout(timer)
}

export async function measureIdle(store, count, sizes) {
  const brokers = []
  const stops = []
  let fail
  const failed = new Promise((_, reject) => (fail = reject))
  failed.catch(() => undefined)
  try {
    for (let i = 0; i < count; i += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, count - i) }, (_, j) =>
        join(store.url, `idle-${i + j}`, (broker) => brokers.push(broker)),
      )
      for (const each of await Promise.all(some)) {
        // Renewed from now on: to connect them all takes longer than a lease.
        stops.push(repeat(HEARTBEAT, each.renew, fail), repeat(LOOK, each.look, fail))
      }
    }
    const before = await store.usage()
    const since = performance.now()
    await Promise.race([pause(sizes.window), failed])
    const after = await store.usage()
    const seconds = (performance.now() - since) / 1_000
    return {
      cpu: (after.micros - before.micros) / 1e4 / seconds,
      sent: (after.scripts - before.scripts) / seconds,
      megabytes: after.bytes / 1e6,
    }
  } finally {
    for (const stop of stops) stop()
    await Promise.all(brokers.map(async (broker) => await broker.close()))
  }
}
