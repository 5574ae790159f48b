import type { Encoded } from '../model/encoded.js'
import type { TaskRecord } from '../model/task-record.js'

/** A task that is to be queued. */
export interface NewTask {
  readonly id: string
  /** Name of the job. */
  readonly job: string
  /** Short texts by which operators find the task. */
  readonly tags: readonly string[]
  readonly body: Encoded
  /** 0 to 9, higher first. */
  readonly priority: number
  /** ms to wait, counted by the store from when it takes the task in. 0: ready at once. */
  readonly delay: number
  /** The inbox (see `openInbox` of the broker) that gets a notice when the task is over; null: nobody waits for it. */
  readonly inbox: string | null
  /**
   * Whether the id may have been used before, as a user's id may. Then finished records are looked up as well, and a
   * duplicate has no effect. False for a generated id.
   */
  readonly checkDuplicate: boolean
}

/** The answer to one {@link NewTask}. */
export interface QueueReply {
  readonly id: string
  /** `duplicate`: a task of that id is live or finished, and nothing was queued. The inbox now awaits a live one of the same job. */
  readonly verdict: 'queued' | 'duplicate'
  /** When the task, or the first one of that id, was queued: ms since the epoch, store's clock. */
  readonly queuedAt: number
  /** The finished task, if this is a duplicate of one; else null. */
  readonly record: TaskRecord | null
  /** Name of the job of the task of which this is a duplicate. Absent: unknown, or it is none. */
  readonly job?: string
}

/** One step of a periodic job's schedule. */
export interface Tick {
  readonly job: string
  /** The job's last tick as the caller knows it, ms since the epoch; null: none yet. */
  readonly expected: number | null
  /** The tick that becomes the last one, ms since the epoch. */
  readonly at: number
  /** The schedule that the tick belongs to, as a text. The store keeps it with the tick and never reads it. */
  readonly schedule: string
  /** The task of this tick; null: the tick is skipped. All schedulers give the task of one tick the same id. */
  readonly task: NewTask | null
  /** A name that is unique for the call: by it, a call that is sent again is told from that of another scheduler. */
  readonly operation: string
}

/** The answer to a {@link Tick}. */
export interface TickReply {
  /** Whether this call queued the task: now, or when the same call was sent before. */
  readonly queued: boolean
  /** The job's last tick now, ms since the epoch: the tick that was sent, unless another one came first. */
  readonly last: number | null
  /** ms since the epoch, store's clock. */
  readonly now: number
  /** Whether the tick was refused since an operator has paused the schedule. Absent: it was not. */
  readonly paused?: boolean
}

/** The last tick of a periodic job. */
export interface LastTick {
  /** ms since the epoch. */
  readonly at: number
  /** The schedule that the tick belongs to, as the caller of `tick` of the broker has named it. */
  readonly schedule: string
}

/** The last ticks of periodic jobs. */
export interface LastTicks {
  /** For each job, in order; null: none yet. */
  readonly last: readonly (LastTick | null)[]
  /** ms since the epoch, store's clock. */
  readonly now: number
}
