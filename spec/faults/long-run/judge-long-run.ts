import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { EndQueue, EndRecord, Rules } from '../checker/end-state.js'
import { brokenBy } from '../checker/broken.js'
import type { Verdict } from '../checker/judge.js'
import { judge } from '../checker/judge.js'
import type { Event } from '../history/event.js'
import type { Entry } from './entry.js'
import { EntryFile } from './entry-file.js'
import { IdFile } from './id-file.js'
import { PlainTasks } from './plain-tasks.js'

const PRODUCER = 'p1'
const JOB = 'long.step'
const RETRIES = 3

/** What is known of a long run besides its entries. */
export interface LongRunEnd {
  readonly queue: EndQueue
  readonly drainedAt: number | null
  /** Deaths of workers, the end of the load, and whether the producer has seen the ends of all tasks. */
  readonly events: readonly Event[]
}

/**
 * Judges all tasks of a long run by the invariants. Plain tasks need no look of their own: see {@link PlainTasks}. They are taken out of
 * the counts of the queue, and what is left is judged as the history of a short run is.
 */
export function judgeLongRun(directory: string, end: LongRunEnd, rules: Rules): Verdict {
  const ids = new IdFile(join(directory, 'ids'))
  const plain = new PlainTasks(ids.count)
  forEachEntry(directory, (entry) => {
    plain.take(entry)
  })
  const count = plain.count()
  const { events, records } = oddOnes(directory, ids, plain)
  const sent = ids.count
  ids.close()
  const { stats } = end.queue
  const queue = {
    ...end.queue,
    stats: { ...stats, queued: stats.queued - count, succeeded: stats.succeeded - count },
  }
  const all = [...events, ...end.events].toSorted((a, b) => a.at - b.at)
  const verdict = judge(all, { queues: [queue], records, drainedAt: end.drainedAt }, rules)
  const tasks = verdict.figures.tasks + count
  const refused = tasks < sent ? [`${String(sent - tasks)} of ${String(sent)} tasks were refused`] : []
  return {
    violations: [...verdict.violations, ...refused],
    broken: [...verdict.broken, ...brokenBy('the run', refused)],
    figures: { ...verdict.figures, tasks },
  }
}

/** The history of the tasks that are not plain. */
function oddOnes(directory: string, ids: IdFile, plain: PlainTasks) {
  const byIndex = new Map<number, OddTask>()
  const { count } = ids
  for (let index = 0; index < count; index++)
    if (!plain.isPlain(index)) byIndex.set(index, new OddTask(ids.idOf(index)))
  forEachEntry(directory, (entry) => byIndex.get(entry.index)?.take(entry))
  const records = new Map<string, EndRecord>()
  const events: Event[] = []
  for (const task of byIndex.values()) {
    for (const event of task.history()) events.push(event)
    if (task.record !== null) records.set(task.id, task.record)
  }
  return { events, records }
}

class OddTask {
  readonly #events: Event[]
  /** What the store has recorded, whenever it was asked. */
  readonly #looks: Event[] = []
  #isEnded = false
  #lookedUpAt = -Infinity
  record: EndRecord | null = null

  constructor(readonly id: string) {
    const sent = { id, producer: PRODUCER, job: JOB, queue: 'pulsarqueue', retries: RETRIES, fails: 0 }
    this.#events = [
      { e: 'sent', at: 0, ...sent },
      { e: 'acknowledged', at: 0, id },
    ]
  }

  /** Each look counts as an end that was seen, since none may differ from another; but not in place of what the producer was told. */
  history(): readonly Event[] {
    return this.#isEnded ? [...this.#events, ...this.#looks] : this.#events
  }

  take({ kind, at, status, run, crashes, fence, value }: Entry): void {
    const { id } = this
    const of = fence === 0 ? null : fence
    if (kind === 'started' || kind === 'failed' || kind === 'returned') {
      const by = { at, id, job: JOB, fence, run, pid: value }
      if (kind !== 'started') this.#events.push({ e: 'effect', ...by })
      this.#events.push({ e: kind, ...by })
    } else if (kind === 'refused') this.#events.splice(1, 1, { e: 'refused', at, id, code: 'see the producer' })
    else if (kind === 'rejected') this.#events.push({ e: 'rejected', at, id, code: 'see the producer' })
    else if (kind === 'ended') {
      this.#isEnded = true
      this.#events.push({ e: 'ended', at, id, status, run, fence: of, endedAt: value })
    } else {
      if (kind === 'recorded') this.#looks.push({ e: 'ended', at, id, status, run, fence: of, endedAt: value })
      if (at < this.#lookedUpAt) return
      this.#lookedUpAt = at
      this.record = kind === 'recorded' ? { status, runs: run, crashes, endedAt: value, fence: of } : null
    }
  }
}

function forEachEntry(directory: string, take: (entry: Entry) => void): void {
  const names = readdirSync(directory).filter((name) => /^(runs-|producer$|audit$)/.test(name))
  for (const name of names) {
    if (statSync(join(directory, name)).size === 0) continue
    const file = new EntryFile(join(directory, name))
    file.read(take)
    file.close()
  }
}
