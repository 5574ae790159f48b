import { join } from 'node:path'
import type { Broker } from 'pulsar-queue'
import { endRecord } from '../harness/end-record.js'
import { now } from '../history/recorder.js'
import { EntryFile } from './entry-file.js'
import { EntryWriter } from './entry-writer.js'
import { IdFile } from './id-file.js'

/** Most tasks of one look-up. */
const CHUNK = 500
/** Time for which what might still overwrite an end has come, ms: leases of two seconds, and calls that were under way. */
const SETTLED = 20_000
/** Age up to which the record of an end must still be there, ms: a minute less than ten. */
export const KEPT = 540_000

/** A task whose end the producer has seen. */
interface Seen {
  readonly index: number
  readonly at: number
}

/** Looks up each task of a long run after its producer has seen its end, and writes down what the store has recorded. */
export class Audit {
  readonly #ends: EntryFile
  readonly #ids: IdFile
  readonly #entries: EntryWriter
  /** In the order of their ends. Those before the head were looked up. */
  #seen: Seen[] = []
  #head = 0

  /** Ends that the producer has seen. */
  count = 0

  constructor(
    private readonly directory: string,
    private readonly broker: Broker,
    private readonly queue: string,
  ) {
    this.#ends = new EntryFile(join(directory, 'producer'))
    this.#ids = new IdFile(join(directory, 'ids'))
    this.#entries = new EntryWriter(join(directory, 'audit'))
  }

  /** Looks up what has ended long enough ago. */
  async look(): Promise<void> {
    this.#ends.read(({ kind, index, at }) => {
      if (kind !== 'ended') return
      this.#seen.push({ index, at })
      this.count += 1
    })
    const settled = now() - SETTLED
    while ((this.#seen[this.#head]?.at ?? Infinity) < settled) {
      const chunk = this.#seen.slice(this.#head, this.#head + CHUNK).filter(({ at }) => at < settled)
      this.#head += chunk.length
      await this.#lookUp(chunk.map(({ index }) => index))
    }
    this.#seen = this.#seen.slice(this.#head)
    this.#head = 0
  }

  /** Looks up the rest, and a second time all whose record must still be there. */
  async finish(): Promise<void> {
    while (this.#seen.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      await this.look()
    }
    const again: number[] = []
    const since = now() - KEPT
    const ends = new EntryFile(join(this.directory, 'producer'))
    ends.read(({ kind, index, at }) => {
      if (kind === 'ended' && at > since) again.push(index)
    })
    ends.close()
    for (let i = 0; i < again.length && now() - KEPT - 30_000 < since; i += CHUNK)
      await this.#lookUp(again.slice(i, i + CHUNK))
    this.#entries.flush()
  }

  close(): void {
    this.#ends.close()
    this.#ids.close()
    this.#entries.close()
  }

  async #lookUp(indexes: readonly number[]): Promise<void> {
    const ids = indexes.map((index) => this.#ids.idOf(index))
    for (const [i, record] of (await this.broker.get(this.queue, ids)).entries()) {
      const index = indexes[i] ?? 0
      if (record === null) {
        this.#entries.add('unknown', index, {})
        continue
      }
      const { status, runs, crashes, fence, endedAt } = endRecord(record)
      this.#entries.add('recorded', index, { status, run: runs, crashes, fence: fence ?? 0, value: endedAt })
    }
  }
}
