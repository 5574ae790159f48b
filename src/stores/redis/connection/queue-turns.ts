import { isPulsarError } from '../../../errors.js'
import { deferred } from '../../../util/deferred.js'
import { setImmediate } from '../../../util/timers.js'
import { isGone } from '../../is-gone.js'

/**
 * How a call on a queue goes beside others whose answers are awaited.
 *
 * - `steps`: more than one command; no other call may come in between
 * - `slots`: one command, which is sent again where it names other slots than are in use. Those with the same view are refused together, and
 *   sent again in their order, see {@link QueueTurns.again}
 * - `apart`: queues tasks on another connection
 * - `tasks`: queues tasks whose ids are new, with one command
 * - `plain`: any other single command
 * - `join`: as `steps`, of a worker, such as a join
 * - `settle`: a single command of a worker
 */
export type TurnKind = 'steps' | 'slots' | 'apart' | 'tasks' | 'plain' | 'join' | 'settle'

/** A call that has, or awaits, its turn. */
interface Call {
  readonly kind: TurnKind
  /** What it queues: only ids that may be known can be those of others. Null: it may concern any task. */
  readonly tasks: Queued | null
}

type Queued = readonly { readonly id: string; readonly checkDuplicate: boolean }[]

interface WaitingCall extends Call {
  readonly start: () => void
}

/** A call that was refused, and is sent again. */
interface RefusedCall {
  readonly number: number
  readonly resend: () => void
}

/** The calls on one queue. */
interface Line {
  /** Those whose answers later ones may have to await: none wait where there are none. A list, for the reason in `outbox.ts`. */
  readonly held: Call[]
  readonly waiting: WaitingCall[]
  /** Those that are about to be sent again. */
  refused: RefusedCall[]
  /** Whether calls that look for records are sent again: one more must not be sent before them. */
  hasRefused: boolean
}

/**
 * Keeps the calls of one session on a queue in the order in which they were made, where a call that was sent may take effect after later ones. A later
 * call waits for its answer then. Nearly always there is no such call, and none waits.
 *
 * Calls of workers wait for no others but a join of theirs: tasks must not wait to be claimed, nor ends to be recorded, until others are durable,
 * an inbox is heard or thousands of tasks are moved.
 */
export class QueueTurns {
  /** By queue. One stays, since its next call would make another one. */
  readonly #lines = new Map<string, Line>()
  /** Number of calls that are held, in all lines. */
  #held = 0
  #numbers = 0

  /** Whether no call on a queue has to wait. */
  isFree(queue: string): boolean {
    return this.#held === 0 || (this.#lines.get(queue)?.held.length ?? 0) === 0
  }

  /** Whether a call on a queue is under way that may have to be sent again, as it names other slots than are in use. */
  hasSlotCalls(queue: string): boolean {
    const line = this.#lines.get(queue)
    return line !== undefined && hasSlotCalls(line)
  }

  /**
   * Makes a call when it is its turn: before it returns, where none has to be awaited.
   *
   * @param tasks - what it queues. Default: it may concern any task
   */
  take<T>(queue: string, kind: TurnKind, act: () => Promise<T>, tasks: Queued | null = null): Promise<T> {
    const call = { kind, tasks }
    const line = this.#lines.get(queue)
    if (line === undefined || mayStart(call, line)) return this.#start(queue, call, act)
    return new Promise((resolve) => {
      const start = (): void => {
        resolve(this.#start(queue, call, act))
      }
      line.waiting.push({ ...call, start })
    })
  }

  /** Makes a call of several steps on two queues when it is its turn in both. */
  async takeTwo<T>(one: string, other: string, act: () => Promise<T>): Promise<T> {
    if (one === other) return await this.take(one, 'steps', act)
    const over = deferred<null>()
    // At once in both lines, so that calls have one order in all of them: two moves there and back do not wait for each other.
    const turns = [one, other].map((queue) => {
      const turn = deferred<null>()
      this.take(queue, 'steps', () => {
        turn.resolve(null)
        return over.promise
      }).catch(() => undefined)
      return turn.promise
    })
    await Promise.all(turns)
    try {
      const answer = await act()
      over.resolve(null)
      return answer
    } catch (error) {
      over.reject(error)
      throw error
    }
  }

  /** The number of a call that may be sent again, in the order in which such calls are sent. */
  nextNumber(): number {
    return ++this.#numbers
  }

  /**
   * Waits until a call that was refused is to be sent again. Those that are refused together are sent again in the order of their numbers, whatever
   * each has awaited since.
   */
  async again(queue: string, number: number): Promise<void> {
    const line = this.#lines.get(queue)
    // A call of several steps has no others beside it, and one of a worker keeps no order with them.
    if (line === undefined || !hasSlotCalls(line)) return
    line.hasRefused = true
    await new Promise<void>((resolve) => {
      line.refused.push({ number, resend: resolve })
      if (line.refused.length > 1) return
      setImmediate(() => {
        const refused = line.refused.sort((a, b) => a.number - b.number)
        line.refused = []
        for (const { resend } of refused) resend()
      })
    })
  }

  /** Resolves when the calls of several steps that were made so far are over, in all queues. */
  async stepsOver(): Promise<void> {
    const lines = [...this.#lines].filter(([, { held, waiting }]) => [...held, ...waiting].some(takesSteps))
    await Promise.all(lines.map(([queue]) => this.behind(queue)))
  }

  /** Resolves when it is the turn of a call that only looks, and holds up none that follow. */
  behind(queue: string): Promise<void> {
    return this.take(queue, 'plain', () => Promise.resolve())
  }

  #start<T>(queue: string, call: Call, act: () => Promise<T>): Promise<T> {
    const { kind } = call
    if (kind === 'plain' || kind === 'tasks' || kind === 'settle') return act()
    let line = this.#lines.get(queue)
    if (line === undefined) {
      line = { held: [], waiting: [], refused: [], hasRefused: false }
      this.#lines.set(queue, line)
    }
    line.held.push(call)
    this.#held += 1
    return act().then(
      (answer) => {
        this.#over(queue, call, false)
        return answer
      },
      (error: unknown) => {
        // Each of those that wait would find out the same by itself, one after the other.
        this.#over(queue, call, isPulsarError(error, 'PQ_BROKER_UNREACHABLE') || isGone(error))
        throw error
      },
    )
  }

  /** @param isAway - whether the store cannot be reached: then no call waits for another */
  #over(queue: string, call: Call, isAway: boolean): void {
    const line = this.#lines.get(queue)
    if (line === undefined) return
    line.held.splice(line.held.indexOf(call), 1)
    this.#held -= 1
    line.hasRefused &&= hasSlotCalls(line)
    // Those that wait are started in their order, before the caller hears of the answer.
    let isBlocked = false
    for (const next of line.waiting.splice(0)) {
      const isNext: boolean = isAway || (mayFollow(next, line) && (isOfWorker(next) || !isBlocked))
      if (isNext) next.start()
      else line.waiting.push(next)
      isBlocked ||= !isNext && !isOfWorker(next)
    }
  }
}

function hasSlotCalls({ held }: Line): boolean {
  return held.some(({ kind }) => kind === 'slots')
}

function mayStart(call: Call, line: Line): boolean {
  return mayFollow(call, line) && (isOfWorker(call) || line.waiting.every(isOfWorker))
}

/** Whether a call may be made before the answers to others. */
function mayFollow(call: Call, { held, hasRefused }: Line): boolean {
  for (const other of held) if (isBehind(call, other, hasRefused)) return false
  return true
}

function isBehind(call: Call, other: Call, hasRefused: boolean): boolean {
  if (isOfWorker(call)) return other.kind === 'join'
  if (takesSteps(other)) return true
  if (call.kind === 'steps' || call.kind === 'plain') return true
  if (call.kind === 'slots' && other.kind === 'slots') return hasRefused
  if (call.kind === 'tasks' && other.kind === 'slots') return true
  return mayShareId(call.tasks, other.tasks)
}

function takesSteps({ kind }: Call): boolean {
  return kind === 'steps' || kind === 'join'
}

function isOfWorker({ kind }: Call): boolean {
  return kind === 'settle' || kind === 'join'
}

function mayShareId(tasks: Queued | null, others: Queued | null): boolean {
  if (tasks === null || others === null) return true
  const ids = new Set(tasks.map((task) => (task.checkDuplicate ? task.id : null)))
  return others.some(({ id, checkDuplicate }) => checkDuplicate && ids.has(id))
}
