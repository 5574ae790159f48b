import type { ScriptCall } from '../scripts/script.js'

/**
 * Scripts whose order on a queue counts. Not among them are those that keep a worker alive, or find out that one is dead: they must not wait, and
 * are right at any time.
 */
const IN_TURN: ReadonlySet<string> = new Set([
  'queue/queue',
  'queue/queue-known',
  'queue/settle',
  'queue/tick',
  'queue/last-ticks',
  'queue/revoke',
  'queue/get',
  'queue/size',
  'queue/stats',
  'queue/flush',
  'queue/promote',
  'queue/pause',
  'queue/resume',
  'operations/drop',
  'operations/list',
  'operations/move-out',
  'operations/pause-schedule',
  'operations/prioritize',
  'operations/redrive',
  'operations/restore',
  'operations/schedules',
])

/** A call that has to be sent again. */
interface Late {
  readonly number: number
  readonly queue: string
}

/**
 * Keeps the calls of one connection in the order in which they were made: a call on a queue that has to be sent again, since it was cut
 * off or refused for now, goes before the later ones on that queue. Else tasks would be queued, or claimed, before earlier ones. Nearly
 * always there are none, and no call waits.
 */
export class Turns {
  #last = 0
  /** Number of calls that were made, and were not sent yet, nor have ended. */
  unsent = 0
  /** Number of calls whose answers take the long way through promises: shorter ones would overtake them. */
  detours = 0
  readonly late = new Set<Late>()
  readonly waiting = new Set<() => void>()

  /** Takes a turn. @returns null for a call whose order does not count */
  take({ script, keys }: ScriptCall): Turn | null {
    if (!IN_TURN.has(script.name)) return null
    this.#last += 1
    this.unsent += 1
    return new Turn(this, this.#last, keys[0] ?? '')
  }
}

/** The turn of one call. */
export class Turn {
  #isSent = false
  #isDetour = false
  #late: Late | null = null

  constructor(
    private readonly turns: Turns,
    private readonly number: number,
    private readonly key: string,
  ) {}

  /** Of the call that was made last: whether all others are sent, none has to be sent again, and no answer can overtake another. */
  get isNext(): boolean {
    return this.turns.unsent === 1 && this.turns.late.size === 0 && this.turns.detours === 0
  }

  /** The answer of the call takes the long way. */
  detour(): void {
    if (this.#isDetour) return
    this.#isDetour = true
    this.turns.detours += 1
  }

  /** The caller has the answer. */
  ended(): void {
    if (!this.#isDetour) return
    this.#isDetour = false
    this.turns.detours -= 1
  }

  /** Whether a call that was made earlier has to be sent before. */
  get mustWait(): boolean {
    if (this.turns.late.size === 0) return false
    const queue = tagOf(this.key)
    for (const late of this.turns.late) if (late.number < this.number && late.queue === queue) return true
    return false
  }

  /** Resolves when one of the calls that have to be sent again was sent, or has ended. */
  async changed(): Promise<void> {
    await new Promise<void>((resolve) => this.turns.waiting.add(resolve))
  }

  /** The call has to be sent again. */
  failed(): void {
    if (this.#late) return
    this.#late = { number: this.number, queue: tagOf(this.key) }
    this.turns.late.add(this.#late)
  }

  /** The call is sent, or has ended. */
  over(): void {
    if (!this.#isSent) this.turns.unsent -= 1
    this.#isSent = true
    if (!this.#late) return
    this.turns.late.delete(this.#late)
    this.#late = null
    const waiting = [...this.turns.waiting]
    this.turns.waiting.clear()
    for (const resolve of waiting) resolve()
  }
}

/** The hash tag of a key: that of its queue. */
function tagOf(key: string): string {
  return key.slice(0, key.indexOf('}') + 1)
}
