import { latencyQuantile } from '../model/latency-buckets.js'
import { sumOfCounts } from '../model/run-counts.js'
import type { OperationsStore, QueueInspection } from '../stores/operations-store.js'
import { countOf } from '../util/count-of.js'
import { shellWord } from '../util/shell-word.js'
import { HEARTBEATS_OF_LEASE } from '../stores/policy.js'
import { workerOfId } from '../model/worker-id.js'
import { allInUse, withoutOthers } from './busy-elsewhere.js'
import { exactTerm } from './filter/quote-value.js'
import type { DoctorCheck, PausedBy } from './looks.js'
import { consumeFix } from './consume-fix.js'
import { inWords } from './in-words.js'
import { pausedByInWords } from './paused-by.js'
import { oldestReady } from './queue-overview.js'

/** Age from which a ready task is a warning where nobody knows how long tasks wait as a rule, ms. */
const OLD = 600_000
/** How much longer than usual a task waits that is a warning, and how long at least, ms. */
const TIMES = 10
const SHORTEST = 60_000
/** Age from which a queue without a worker is abandoned, ms. */
const ABANDONED = 86_400_000
/** Age from which a pause may have been forgotten, ms. */
const LONG_PAUSE = 3_600_000
/** Time over which the usual wait is measured, ms, and the step of the series. */
const USUAL = 86_400_000

/** What is known of a queue beside one look at it. */
export interface QueueFacts {
  /** How long one in twenty runs waited at least, over the last day, ms; null: unknown. */
  readonly usualWait: number | null
  /** Who has paused it last; null: unknown. */
  readonly pausedBy: PausedBy | null
  /** The other queues whose tasks use all slots of its workers, the most first; null as a name: one that is not to be told. */
  readonly busyElsewhere: readonly (string | null)[]
}

/** Whether a task has waited for so long that a queue whose workers are busy elsewhere is no matter of a moment. */
export function waitsLong(look: QueueInspection): boolean {
  return !look.paused && aliveIn(look).length > 0 && (oldestReady(look) ?? 0) > SHORTEST
}

/** How long runs of a queue wait as a rule. */
export async function usualWait(operations: OperationsStore, queue: string, now: number): Promise<number | null> {
  const query = { jobs: [null], step: '10m', from: now - USUAL, to: now, isWatching: false } as const
  const [points = []] = await operations.series(queue, query)
  return latencyQuantile(sumOfCounts(points.map(({ counts }) => counts)).wait, 0.95)
}

function check(name: string, state: DoctorCheck['state'], says: string, fix: string | null = null): DoctorCheck {
  return { name, state, says, fix }
}

/** What is wrong with a queue, by one look at it. */
export function checkQueue(queue: string, look: QueueInspection, facts: QueueFacts): DoctorCheck[] {
  const found = [
    ...withoutWorker(queue, look),
    ...paused(queue, look, facts),
    ...(facts.busyElsewhere.length > 0 ? busy(queue, look, facts) : slow(queue, look, facts)),
    ...leases(queue, look),
  ]
  const { suspects } = look
  if (suspects > 0) {
    const says = `${countOf(suspects, 'task')} of queue ${queue} ran in a process that died`
    found.push(check('suspects', 'warning', says, 'few run at once until a run has shown that they are not to blame'))
  }
  const { moving = 0 } = look
  if (moving > 0) {
    const says = `${countOf(moving, 'task')} of queue ${queue} ${moving === 1 ? 'is' : 'are'} on the way to another queue: whoever moved them may have died, or that queue cannot be read`
    found.push(
      check(
        'moving',
        'warning',
        says,
        'any pq move brings them where they go, once that queue can be read: pq move id:none --to <queue> --yes',
      ),
    )
  }
  return found.length > 0 ? found : [check('queue', 'ok', `queue ${queue} is well`)]
}

function aliveIn({ workers }: QueueInspection): QueueInspection['workers'] {
  return workers.filter(({ state }) => state === 'alive')
}

function withoutWorker(queue: string, look: QueueInspection): DoctorCheck[] {
  const { ready, delayed } = look.sizes
  if (aliveIn(look).length > 0 || ready + delayed === 0) return []
  const oldest = oldestReady(look) ?? 0
  if (oldest > ABANDONED) {
    const says = `queue ${queue} is abandoned: ${countOf(ready, 'task')} waited there for ${inWords(oldest)}, and it has no worker`
    return [
      check(
        'queue-abandoned',
        'fault',
        says,
        `pq move ${shellWord(exactTerm('queue', queue))} --to <queue>, or pq drop ${shellWord(exactTerm('queue', queue))}`,
      ),
    ]
  }
  if (ready === 0) return []
  const says = `queue ${queue} has ${countOf(ready, 'ready task')} and no worker`
  return [check('queue-without-worker', 'fault', says, `start one: ${consumeFix(queue)}`)]
}

/** A pause of an operator within the last hour is meant. */
function paused(queue: string, look: QueueInspection, { pausedBy }: QueueFacts): DoctorCheck[] {
  if (!look.paused) return []
  const since = pausedBy === null ? null : look.now - pausedBy.at
  const state = `${since === null ? 'is paused' : 'has been paused'}${pausedByInWords(pausedBy, look.now)}`
  const says = `queue ${queue} ${state}; ${countOf(look.sizes.ready, 'task')} ${look.sizes.ready === 1 ? 'is' : 'are'} ready`
  if (since !== null && since < LONG_PAUSE) return [check('queue', 'ok', says)]
  return [check('queue-paused', 'warning', says, `pq resume ${shellWord(queue)}`)]
}

function slow(queue: string, look: QueueInspection, { usualWait: usual }: QueueFacts): DoctorCheck[] {
  const oldest = oldestReady(look) ?? 0
  const most = usual === null ? OLD : Math.max(SHORTEST, TIMES * usual)
  if (look.paused || aliveIn(look).length === 0 || oldest <= most) return []
  const as = usual === null ? '' : `; one in twenty waits ${inWords(usual)} or longer as a rule`
  const says = `a task of queue ${queue} has waited for ${inWords(oldest)}${as}`
  return [check('queue-slow', 'warning', says, `add workers; pq ls ${shellWord(queue)} --state ready shows the tasks`)]
}

/** All slots of its workers are used by tasks of other queues. */
function busy(queue: string, look: QueueInspection, { busyElsewhere }: QueueFacts): DoctorCheck[] {
  const workers = aliveIn(look)
  const evidence = { slots: workers.reduce((sum, { slots }) => sum + slots, 0), workers: workers.length }
  const isTold = !busyElsewhere.includes(null)
  const reason = allInUse(busyElsewhere.map(String), evidence)
  const { says, fix } = isTold ? reason : withoutOthers(reason)
  const waited = `a task of queue ${queue} has waited for ${inWords(oldestReady(look) ?? 0)}`
  return [check('queue-busy-elsewhere', 'warning', `${waited}: ${says}`, fix)]
}

/** Workers that have missed more than one renewal. */
function leases(queue: string, look: QueueInspection): DoctorCheck[] {
  const late = aliveIn(look).filter(({ expiresIn, leaseTtl }) => expiresIn < leaseTtl / HEARTBEATS_OF_LEASE)
  return late.map(({ id, expiresIn, leaseTtl }) => {
    const says = `the lease of worker ${workerOfId(id)} in queue ${queue} lapses in ${inWords(expiresIn)}: it was not renewed for ${inWords(leaseTtl - expiresIn)}`
    return check('lease-late', 'warning', says, 'look at its log and its link to the store')
  })
}
