import type { TaskRecord } from '../../../model/task-record.js'
import { isPulsarError } from '../../../errors.js'
import { errorMessage } from '../../../util/thrown.js'
import type { TaskEvent } from '../../broker.js'
import { isolated } from '../../isolated.js'
import { CHUNK_BYTES, CHUNK_TASKS } from '../../policy.js'
import { bytesOfBuffer, textOf } from '../layout/bytes.js'
import { readCut } from '../layout/cut.js'
import { PackedReader } from '../layout/packed.js'
import { liveRecord, recordOf } from '../layout/records.js'

export type TaskEventListener = (event: TaskEvent, record: TaskRecord) => void

/** Looks up tasks of a queue, as `Broker.get` does. */
export type LookUp = (queue: string, ids: readonly string[]) => Promise<readonly (TaskRecord | null)[]>

interface Arrival {
  readonly event: TaskEvent
  /** As it came: without body and outcome where `missing` is not 0. */
  readonly record: TaskRecord
  readonly missing: number
}

/**
 * Passes the messages of task events to one listener. Where a record came without its contents, its task is looked up, and the
 * events behind it wait, so that the order is kept. The event of a task that is gone by then is left out.
 */
export class EventReader {
  #arrivals: Arrival[] = []
  #isPassing = false
  #isClosed = false
  #hasWarned = false

  constructor(
    private readonly lookUp: LookUp,
    private readonly listener: TaskEventListener,
  ) {}

  receive(message: Buffer): void {
    this.#arrivals = [...this.#arrivals, ...readArrivals(message)]
    if (!this.#isPassing) void this.#passAll()
  }

  /** Nothing is passed on any more. */
  close(): void {
    this.#isClosed = true
    this.#arrivals = []
  }

  /** Goes without a pause as far as records are whole. */
  async #passAll(): Promise<void> {
    this.#isPassing = true
    while (this.#arrivals.length > 0) {
      const batch = leading(this.#arrivals)
      this.#arrivals = this.#arrivals.slice(batch.length)
      const isWhole = batch[0]?.missing === 0
      const records = isWhole ? batch.map(({ record }) => record) : await this.#completed(batch)
      batch.forEach(({ event }, i) => {
        const record = records[i]
        if (!record || this.#isClosed) return
        isolated(() => {
          this.listener(event, record)
        })
      })
    }
    this.#isPassing = false
  }

  async #completed(batch: readonly Arrival[]): Promise<readonly (TaskRecord | null)[]> {
    const queue = batch[0]?.record.header.queue ?? ''
    try {
      const found = await this.lookUp(
        queue,
        batch.map(({ record }) => record.header.id),
      )
      this.#hasWarned = false
      return batch.map((arrival, i) => completedBy(arrival, found[i] ?? null))
    } catch (error) {
      this.#warn(error)
      return []
    }
  }

  /** Once until a look-up succeeds. */
  #warn(error: unknown): void {
    if (this.#isClosed || this.#hasWarned || isPulsarError(error, 'PQ_CLOSED')) return
    this.#hasWarned = true
    process.emitWarning(`events of large tasks are lost, because the tasks cannot be looked up: ${errorMessage(error)}`)
  }
}

/** Reads a message of `notices.lua`. */
function readArrivals(message: Buffer): Arrival[] {
  const reader = new PackedReader(bytesOfBuffer(message))
  const [event, queue] = [reader.readBytes() as string as TaskEvent, textOf(reader.readBytes())]
  reader.readBytes()
  const arrivals = []
  for (let left = reader.readCount(); left > 0; left -= 2) {
    const id = textOf(reader.readBytes())
    const { value, missing } = readCut(reader.readBytes())
    const record = event === 'queued' ? liveRecord(queue, id, value) : recordOf(queue, id, value)
    arrivals.push({ event, record, missing })
  }
  return arrivals
}

/** The first of the arrivals that can be passed on together: whole ones, or as many of one queue as one look-up carries. */
function leading(arrivals: readonly Arrival[]): readonly Arrival[] {
  const [first] = arrivals
  if (!first) return []
  const end = first.missing === 0 ? endOfWhole(arrivals) : endOfLookUp(arrivals, first)
  return arrivals.slice(0, end)
}

/** How many arrivals are whole, before the first one that is not. */
function endOfWhole(arrivals: readonly Arrival[]): number {
  const end = arrivals.findIndex(({ missing }) => missing > 0)
  return end < 0 ? arrivals.length : end
}

/** How many arrivals one look-up carries, the first one in any case. */
function endOfLookUp(arrivals: readonly Arrival[], first: Arrival): number {
  const { queue } = first.record.header
  let bytes = 0
  let end = 0
  for (const { missing, record } of arrivals.slice(0, CHUNK_TASKS)) {
    bytes += missing
    if (missing === 0 || record.header.queue !== queue || (bytes > CHUNK_BYTES && end > 0)) break
    end += 1
  }
  return end
}

/** The header is that of the event: the task may have gone on since. */
function completedBy({ event, record }: Arrival, found: TaskRecord | null): TaskRecord | null {
  if (!found) return null
  const { body, outcome, progress, attempts } = found
  return {
    ...(event === 'done' && attempts ? { attempts } : {}),
    header: record.header,
    body,
    outcome: event === 'done' ? outcome : null,
    progress: event === 'done' || event === 'progress' ? progress : null,
  }
}
