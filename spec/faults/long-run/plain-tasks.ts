import { SUCCESS } from 'pulsar-queue'
import type { Entry, Kind } from './entry.js'

const BITS: Readonly<Partial<Record<Kind, number>>> = { started: 1, returned: 2, ended: 4, recorded: 8 }
const PLAIN = 15
const ODD = 128

/**
 * Tells the tasks of which a history says nothing but this: it was started once, returned, was seen to end as SUCCESS, and is recorded
 * so, all under one fence and with one time of its end. Of such a task each invariant of a task holds. All others are odd.
 */
export class PlainTasks {
  readonly #seen: Uint8Array
  readonly #fences: Float64Array
  readonly #ends: Float64Array

  constructor(private readonly tasks: number) {
    this.#seen = new Uint8Array(tasks)
    this.#fences = new Float64Array(tasks)
    this.#ends = new Float64Array(tasks)
  }

  take({ kind, index, status, run, crashes, fence, value }: Entry): void {
    if (index >= this.tasks)
      throw new Error(`expected at most ${String(this.tasks)} tasks, got number ${String(index)}`)
    const bit = BITS[kind] ?? ODD
    const seen = this.#seen[index] ?? 0
    const isEnd = kind === 'ended' || kind === 'recorded'
    // A task may be looked up twice, and all else comes once.
    const isOdd =
      (kind !== 'recorded' && (seen & bit) !== 0) ||
      run !== 1 ||
      crashes > 0 ||
      !agrees(this.#fences, index, fence) ||
      (isEnd && (status !== SUCCESS || !agrees(this.#ends, index, value)))
    this.#seen[index] = seen | bit | (isOdd ? ODD : 0)
  }

  isPlain(index: number): boolean {
    return this.#seen[index] === PLAIN
  }

  /** Number of plain tasks. */
  count(): number {
    return this.#seen.reduce((sum, seen) => sum + (seen === PLAIN ? 1 : 0), 0)
  }
}

/** Whether a number is the one that came first for a task. */
function agrees(numbers: Float64Array, index: number, number: number): boolean {
  if (numbers[index] === 0) numbers[index] = number
  return numbers[index] === number
}
