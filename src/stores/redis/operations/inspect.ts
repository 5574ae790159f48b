import type { LeasedWorker, LostWorker, QueueInspection, ReadyLine } from '../../operations-store.js'
import { textOf } from '../layout/bytes.js'
import type { Bytes } from '../layout/bytes.js'
import { unescaped } from '../layout/escaped.js'
import { countersOf } from '../layout/counters.js'
import { readSamples } from '../layout/series.js'
import type { RedisSession } from '../queue/redis-session.js'

/** Values of the reply before the lines, a line, a dead worker, and a worker. */
const HEAD = 15
const LINE = 3
const LOST = 2
const WORKER = 4

export async function inspect(session: RedisSession, queue: string): Promise<QueueInspection> {
  const reply = ((await session.runInTurn('operations/inspect', queue)) as Buffer[]).map((each) =>
    each.toString('latin1'),
  )
  const [now = 0, paused, live = 0, held = 0, delayed = 0, failed = 0, suspects = 0] = reply.slice(0, 7).map(Number)
  const [counters = '', due = '', ...more] = reply.slice(7, HEAD)
  const [last = '', before = '', forRates = '', lines = '0', dead = '0', moving = '0'] = more
  const linesEnd = HEAD + LINE * Number(lines)
  const end = linesEnd + LOST * Number(dead)
  return {
    paused: paused === 1,
    // A task that another program has deleted while it was held, or delayed, still counts there.
    sizes: { ready: Math.max(0, live - held - delayed), delayed, held },
    failed,
    stats: countersOf(live, counters),
    ready: groups(reply.slice(HEAD, linesEnd), LINE).map(readLine),
    nextDue: due === '' ? null : Number(due),
    workers: groups(reply.slice(end), WORKER).map((group) => readWorker(group, now)),
    lost: groups(reply.slice(linesEnd, end), LOST).map(readLost),
    suspects,
    ...(moving !== '0' && { moving: Number(moving) }),
    ...readSamples(last, before, forRates),
    now,
  }
}

function readLine([priority, count, due]: readonly string[]): ReadyLine {
  return { priority: Number(priority), count: Number(count), oldest: due === '' ? null : Number(due) }
}

function readLost([id = '', at]: readonly string[]): LostWorker {
  return { id: unescaped(textOf(id as Bytes)), at: Number(at) }
}

function readWorker([id = '', row = '', expiry = '', held = '0']: readonly string[], now: number): LeasedWorker {
  const [slots = 1, leaseTtl = 0, suspectedAt = 0] = row.split(',').map(Number)
  const expiresIn = expiry === '' ? 0 : Number(expiry) - now
  const state = suspectedAt === -1 ? 'condemned' : expiresIn <= 0 ? 'overdue' : 'alive'
  return { id: unescaped(textOf(id as Bytes)), slots, leaseTtl, expiresIn, state, held: Number(held) }
}

function groups(values: readonly string[], size: number): string[][] {
  const found: string[][] = []
  for (let at = 0; at < values.length; at += size) found.push(values.slice(at, at + size))
  return found
}
