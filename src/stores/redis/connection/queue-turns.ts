import { isPulsarError } from '../../../errors.js'
import { deferred } from '../../../util/deferred.js'
import { Fifo } from '../../../util/fifo.js'
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
  /** Its place among those that are held. */
  place: number
}

type Queued = readonly { readonly id: string; readonly checkDuplicate: boolean }[]

interface WaitingCall {
  readonly call: Call
  readonly start: () => void
}

/** Makes a call. It may say before the answer that the call has taken effect: then no other one waits for it any longer. */
type Act<T> = (hasEffect: () => void) => Promise<T>

/** A call that was refused, and is sent again. */
interface RefusedCall {
  readonly number: number
  readonly resend: () => void
}

/**
 * The calls on one queue. Those under way are counted by what others have to ask of them, so that no call looks at all of them. In no order, and as
 * lists, for the reason in `outbox.ts`.
 */
interface Line {
  /** Number of those of several steps; and of joins, which are among them. */
  steps: number
  joins: number
  /** Number of single commands, for which calls on another connection wait alone. */
  plain: number
  readonly slots: Call[]
  readonly apart: Call[]
  /** Those that wait, and those of workers that do, in their order. */
  readonly waiting: Fifo<WaitingCall>
  readonly waitingOfWorkers: Fifo<WaitingCall>
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
  /** Number of calls that others may have to await, or that wait, in all lines. */
  #busy = 0
  #numbers = 0

  /** Whether no call on a queue has to wait. */
  isFree(queue: string): boolean {
    const line = this.#busy === 0 ? undefined : this.#lines.get(queue)
    return line === undefined || (!isHeld(line) && line.waiting.isEmpty && line.waitingOfWorkers.isEmpty)
  }

  /** Whether a call on a queue is under way that may have to be sent again, as it names other slots than are in use. */
  hasSlotCalls(queue: string): boolean {
    return (this.#lines.get(queue)?.slots.length ?? 0) > 0
  }

  /**
   * Makes a call when it is its turn: before it returns, where none has to be awaited.
   *
   * @param tasks - what it queues. Default: it may concern any task
   */
  take<T>(queue: string, kind: TurnKind, act: Act<T>, tasks: Queued | null = null): Promise<T> {
    const call: Call = { kind, tasks, place: 0 }
    const line = this.#lines.get(queue)
    if (line === undefined || mayStart(call, line)) return this.#start(queue, call, act)
    return new Promise((resolve) => {
      const start = (): void => {
        this.#busy -= 1
        resolve(this.#start(queue, call, act))
      }
      this.#busy += 1
      const waiting = isOfWorker(call) ? line.waitingOfWorkers : line.waiting
      waiting.push({ call, start })
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
    if (line === undefined || line.slots.length === 0) return
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
    const lines = [...this.#lines].filter(([, line]) => hasSteps(line))
    await Promise.all(lines.map(([queue]) => this.behind(queue)))
  }

  /** Resolves when it is the turn of a call that only looks, and holds up none that follow. */
  behind(queue: string): Promise<void> {
    return this.take(queue, 'plain', () => Promise.resolve())
  }

  #start<T>(queue: string, call: Call, act: Act<T>): Promise<T> {
    const { kind } = call
    if (kind === 'tasks' || kind === 'settle') return begin(act)
    let line = this.#lines.get(queue)
    if (line === undefined) {
      line = newLine()
      this.#lines.set(queue, line)
    }
    const over = this.#hold(line, call)
    const hasEffect = (): void => {
      over(false)
    }
    return begin(act, hasEffect).then(
      (answer) => {
        over(false)
        return answer
      },
      (error: unknown) => {
        // Each of those that wait would find out the same by itself, one after the other.
        over(isPulsarError(error, 'PQ_BROKER_UNREACHABLE') || isGone(error))
        throw error
      },
    )
  }

  /** @returns what ends that, once: with whether the store cannot be reached, and no call waits for another */
  #hold(line: Line, call: Call): (isAway: boolean) => void {
    const isPlain = call.kind === 'plain'
    if (!isPlain) this.#busy += 1
    add(line, call)
    let isOver = false
    return (isAway) => {
      if (isOver) return
      isOver = true
      if (!isPlain) this.#busy -= 1
      remove(line, call)
      line.hasRefused &&= line.slots.length > 0
      // Those that wait are started in their order, before the caller hears of the answer.
      for (const waiting of [line.waiting, line.waitingOfWorkers]) {
        for (;;) {
          const next = waiting.first
          if (next === undefined || !(isAway || mayFollow(next.call, line))) break
          waiting.shift()
          next.start()
        }
      }
    }
  }
}

/** What it throws rejects: the call before it, whose answer starts it, has to start others, too. */
async function begin<T>(act: Act<T>, hasEffect: () => void = () => undefined): Promise<T> {
  return await act(hasEffect)
}

function newLine(): Line {
  return {
    steps: 0,
    joins: 0,
    plain: 0,
    slots: [],
    apart: [],
    waiting: new Fifo(),
    waitingOfWorkers: new Fifo(),
    refused: [],
    hasRefused: false,
  }
}

function add(line: Line, call: Call): void {
  if (call.kind === 'plain') line.plain += 1
  else if (call.kind === 'slots') call.place = line.slots.push(call) - 1
  else if (call.kind === 'apart') call.place = line.apart.push(call) - 1
  else {
    line.steps += 1
    if (call.kind === 'join') line.joins += 1
  }
}

function remove(line: Line, call: Call): void {
  if (call.kind === 'plain') line.plain -= 1
  else if (call.kind === 'slots') takeOut(line.slots, call)
  else if (call.kind === 'apart') takeOut(line.apart, call)
  else {
    line.steps -= 1
    if (call.kind === 'join') line.joins -= 1
  }
}

/** The last one takes its place. */
function takeOut(calls: Call[], call: Call): void {
  const last = calls.pop()
  if (last === undefined || last === call) return
  calls[call.place] = last
  last.place = call.place
}

/** Whether a call is under way that others may have to await. */
function isHeld({ steps, slots, apart }: Line): boolean {
  return steps + slots.length + apart.length > 0
}

function hasSteps({ steps, waiting, waitingOfWorkers }: Line): boolean {
  return (
    steps > 0 || [...waiting, ...waitingOfWorkers].some(({ call: { kind } }) => kind === 'steps' || kind === 'join')
  )
}

function mayStart(call: Call, line: Line): boolean {
  return mayFollow(call, line) && (isOfWorker(call) || line.waiting.isEmpty)
}

/** Whether a call may be made before the answers to others. */
function mayFollow(call: Call, line: Line): boolean {
  const { steps, joins, plain, slots, apart, hasRefused } = line
  switch (call.kind) {
    case 'join':
    case 'settle':
      return joins === 0
    case 'steps':
    case 'plain':
      return !isHeld(line)
    case 'slots':
      return steps === 0 && !(hasRefused && slots.length > 0) && !mayShareId(call, apart)
    case 'tasks':
      return steps === 0 && slots.length === 0 && !mayShareId(call, apart)
    case 'apart':
      return steps === 0 && plain === 0 && !mayShareId(call, slots) && !mayShareId(call, apart)
  }
}

function isOfWorker({ kind }: Call): boolean {
  return kind === 'settle' || kind === 'join'
}

function mayShareId({ tasks }: Call, others: readonly Call[]): boolean {
  if (others.length === 0) return false
  if (tasks === null) return true
  let ids: Set<string> | null = null
  for (const other of others) {
    if (other.tasks === null) return true
    ids ??= new Set(knownOf(tasks))
    for (const id of knownOf(other.tasks)) if (ids.has(id)) return true
  }
  return false
}

function knownOf(tasks: Queued): string[] {
  return tasks.filter(({ checkDuplicate }) => checkDuplicate).map(({ id }) => id)
}
