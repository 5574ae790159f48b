import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import { until } from '../../support/until.js'
import type { Event } from './event.js'

const CHUNK = 1 << 20
/** Longest wait for events, ms. */
const PATIENCE = 90_000

/** Reads a history while others append to it. */
export class HistoryFile {
  readonly events: Event[] = []
  /** By the kind, and by the kind with the queue of its task. */
  readonly #counts = new Map<string, number>()
  readonly #queues = new Map<string, string>()
  readonly #file: number
  #at = 0
  #rest = ''

  constructor(readonly path: string) {
    writeFileSync(path, '', { flag: 'a' })
    this.#file = openSync(path, 'r')
  }

  /** Reads what has been appended since the last call. */
  read(): readonly Event[] {
    const buffer = Buffer.alloc(CHUNK)
    for (let size; (size = readSync(this.#file, buffer, 0, CHUNK, this.#at)) > 0;) {
      this.#at += size
      const lines = (this.#rest + buffer.toString('latin1', 0, size)).split('\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) this.#take(line)
    }
    return this.events
  }

  #take(line: string): void {
    const event = JSON.parse(Buffer.from(line, 'latin1').toString()) as Event
    this.events.push(event)
    if (event.e === 'sent') this.#queues.set(event.id, event.queue)
    const queue = 'id' in event ? this.#queues.get(event.id) : undefined
    for (const name of [event.e, keyOf(event.e, queue)]) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  /** Number of events of a kind so far. @param queue - of whose tasks; default: any */
  count(kind: Event['e'], queue?: string): number {
    this.read()
    return this.#counts.get(queue === undefined ? kind : keyOf(kind, queue)) ?? 0
  }

  /** Waits for `more` further events of a kind. @param queue - of whose tasks; default: any */
  async more(kind: Event['e'], more: number, queue?: string): Promise<void> {
    const enough = this.count(kind, queue) + more
    const look = (): true | undefined => (this.count(kind, queue) >= enough ? true : undefined)
    await until(`${String(more)} more events '${kind}'`, look, PATIENCE)
  }

  close(): void {
    closeSync(this.#file)
  }

  /** All events of a history that nobody writes any more. */
  static all(path: string): readonly Event[] {
    const file = new HistoryFile(path)
    try {
      return file.read()
    } finally {
      file.close()
    }
  }
}

function keyOf(kind: Event['e'], queue = ''): string {
  return `${kind} ${queue}`
}
