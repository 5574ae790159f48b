import type { RunEnd } from '../execution/run-end.js'
import type { Run } from '../execution/run.js'
import { latencyBucket } from '../model/latency-buckets.js'
import type { GrowingCounts, RunCounts } from '../model/run-counts.js'
import { noCounts } from '../model/run-counts.js'
import { FAILURE, SUCCESS } from '../model/task-state.js'
import { MOST_RECENT } from '../stores/policy.js'

/** What has been counted of a queue. */
export interface Tallied {
  readonly jobs: ReadonlyMap<string, RunCounts>
  /** Ids of the last tasks that ended, the last one at the end. */
  readonly ended: readonly string[]
  readonly isComplete: boolean
}

/** Counts the runs of one queue that have ended, by job. It is in the path of each task, so it only adds numbers. */
export class RunTally {
  #jobs = new Map<string, GrowingCounts>()
  /** Ids of the last tasks that ended: a ring. */
  #ended: string[] = []
  #tasks = 0

  get isEmpty(): boolean {
    return this.#jobs.size === 0
  }

  /** @param end - no release: that is no end of a run */
  add(run: Run, end: RunEnd): void {
    const { claimed } = run
    let counts = this.#jobs.get(claimed.job)
    if (counts === undefined) {
      counts = noCounts()
      this.#jobs.set(claimed.job, counts)
    }
    if (end.kind !== 'done') counts.retried += 1
    else {
      if (end.status === SUCCESS) counts.succeeded += 1
      else if (end.status === FAILURE) counts.failed += 1
      else counts.revoked += 1
      this.#ended[this.#tasks % MOST_RECENT] = claimed.id
      this.#tasks += 1
    }
    // Both times are of the store's clock. Until a task starts, its worker holds it for some ms at most.
    const wait = Math.max(0, claimed.claimedAt - claimed.dueAt)
    counts.waitSum += wait
    increment(counts.wait, wait)
    if (run.startedAt === 0) return
    counts.runSum += run.took
    increment(counts.run, run.took)
  }

  /** Takes what was counted since the last call. */
  take(): Tallied {
    const [jobs, ended, tasks] = [this.#jobs, this.#ended, this.#tasks]
    this.#jobs = new Map()
    this.#ended = []
    this.#tasks = 0
    const first = tasks % MOST_RECENT
    const isComplete = tasks <= MOST_RECENT
    return { jobs, ended: isComplete ? ended : [...ended.slice(first), ...ended.slice(0, first)], isComplete }
  }
}

function increment(buckets: number[], ms: number): void {
  const bucket = latencyBucket(ms)
  buckets[bucket] = (buckets[bucket] ?? 0) + 1
}
