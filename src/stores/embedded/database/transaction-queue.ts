import { BrokerUnreachableError, ClosedError } from '../../../errors.js'
import type { Deferred } from '../../../util/deferred.js'
import { deferred } from '../../../util/deferred.js'
import type { EmbeddedDurability } from './embedded-url.js'
import type { Statement } from './sqlite.js'
import { isBusy, isFull, typedError } from './sqlite-errors.js'
import { nextTick, performance, setImmediate, setTimeout } from '../../../util/timers.js'

/** Takes an action that runs once the transaction is committed. */
export type AfterCommit = (action: () => void) => void

/** Thrown by a write that has to begin anew: what it has done is undone, and it runs once more, before those that come behind it. */
export class BeginAnew extends Error {}

/** Thrown where a write threw that shares its transaction with others, and has no savepoint. */
class OneThrew extends Error {}

/** How a write runs in its transaction: alone, with others behind a savepoint of its own, or with others and without one. */
type Mode = 'alone' | 'apart' | 'together'

/** The connection on which a queue runs its transactions. */
export interface Connection {
  readonly isTransaction: boolean
  /** What commits wait for, where a write does not say. */
  readonly durability: EmbeddedDurability
  /** Longest wait for other processes' writes, ms. */
  readonly timeout: number
  /** Makes the next commits wait for that. */
  waitFor(durability: EmbeddedDurability): void
  /** @throws where nothing that is written is kept */
  checkFiles(): void
  /** Makes room on a full disk, as far as the store itself takes it without need. */
  makeRoom(): void
  exec(sql: string): void
  sql(text: string): Statement
}

/** One piece of work inside a transaction. One that only reads is there for its turn. */
interface Write {
  readonly act: (afterCommit: AfterCommit) => unknown
  readonly answer: Deferred<unknown>
  readonly since: number
  /** What its commit waits for; null: it only reads. */
  readonly durability: EmbeddedDurability | null
}

/** Time in which tries follow each other, and the first rest between two of them and the longest, ms. The event loop stands still meanwhile. */
const FIRST_TRIES = 5
const SHORTEST_REST = 0.05
const LONGEST_REST = 0.5
const REST = new Int32Array(new SharedArrayBuffer(4))
/** Longest pause between two tries to begin, ms. */
const LONGEST_PAUSE = 50
/** Past this, a transaction takes no more writes in: other processes and the event loop want their turn, ms. */
const LONGEST_TRANSACTION = 20

/**
 * The transactions of one database. All writes of one turn of the event loop are one transaction; a lone write leaves in
 * its own turn. While another process writes, the queue waits without blocking the loop. Created by the connection.
 *
 * A write runs again when its transaction could not be committed, so it must do nothing but read and write.
 */
export class TransactionQueue {
  #waiting: Write[] = []
  #scheduled = false
  #pause = 1
  #closed = false

  constructor(
    private readonly connection: Connection,
    /** The store's, for errors. */
    private readonly address: string,
  ) {}

  /**
   * Runs `act` inside a transaction. An error that it throws undoes its changes alone, and rejects.
   *
   * @param durability - what its commit waits for. Default: that of the connection
   * @throws {@link BrokerUnreachableError} when other processes write all the time; {@link BrokerFullError}
   */
  async write<T>(act: (afterCommit: AfterCommit) => T, durability = this.connection.durability): Promise<T> {
    return (await this.#put(act, durability)) as T
  }

  /** Whether writes wait. */
  get isBusy(): boolean {
    return this.#waiting.length > 0
  }

  /** Runs `look` behind the writes that wait, and before those that come. @throws where their transaction fails, too */
  async read<T>(look: () => T): Promise<T> {
    return (await this.#put(look, null)) as T
  }

  async #put(act: Write['act'], durability: Write['durability']): Promise<unknown> {
    if (this.#closed) throw new ClosedError('embedded store')
    const answer = deferred<unknown>()
    this.#waiting.push({ act, answer, since: performance.now(), durability })
    if (!this.#scheduled) {
      this.#scheduled = true
      nextTick(() => {
        this.#run()
      })
    }
    return await answer.promise
  }

  /** Rejects the writes that wait, and those that come. */
  close(): void {
    this.#closed = true
    for (const { answer } of this.#waiting.splice(0)) answer.reject(new ClosedError('embedded store'))
  }

  #run(): void {
    this.#scheduled = false
    const batch = this.#waiting
    if (batch.length === 0) return
    this.#waiting = []
    try {
      this.#waiting = this.#transactWithRoom(batch)
      this.#pause = 1
    } catch (error) {
      this.#waiting = isBusy(error) ? this.#stillInTime(batch, error) : []
      if (!isBusy(error)) for (const { answer } of batch) answer.reject(typedError(error, this.address))
      this.#runLater()
      return
    }
    if (this.#waiting.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#run()
    })
  }

  /** Another process writes: tries again after a pause, with the writes that have come in by then. */
  #runLater(): void {
    if (this.#waiting.length === 0) return
    this.#scheduled = true
    setTimeout(
      () => {
        this.#run()
      },
      this.#pause * (0.5 + Math.random()),
    )
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
  }

  /** The writes that may go on waiting; rejects the others. */
  #stillInTime(batch: readonly Write[], error: unknown): Write[] {
    const now = performance.now()
    const { timeout } = this.connection
    return batch.filter(({ answer, since }) => {
      if (now - since <= timeout) return true
      answer.reject(new BrokerUnreachableError(this.address, timeout, error))
      return false
    })
  }

  /** On a full disk once more, after the store has made room. @returns the writes that were not begun */
  #transactWithRoom(batch: Write[]): Write[] {
    try {
      return this.#transact(batch)
    } catch (error) {
      if (!isFull(error)) throw error
      this.connection.makeRoom()
      return this.#transact(batch)
    }
  }

  /**
   * Savepoints cost a copy of each page that changes, so the writes have none of their own at first. Where one of several throws, all begin
   * anew with them.
   *
   * @returns the writes that were not begun
   */
  #transact(batch: Write[]): Write[] {
    try {
      return this.#transactOnce(batch, batch.length === 1 ? 'alone' : 'together')
    } catch (error) {
      if (!(error instanceof OneThrew)) throw error
      return this.#transactOnce(batch, 'apart')
    }
  }

  #transactOnce(batch: Write[], mode: Mode): Write[] {
    const actions: (() => void)[] = []
    const answers: (() => void)[] = []
    let done = 0
    const since = performance.now()
    const isFull = batch.some(({ durability }) => durability === 'full')
    this.connection.waitFor(isFull ? 'full' : 'normal')
    this.#begin()
    try {
      do {
        const write = batch[done++]
        if (write) answers.push(this.#act(write, actions, mode))
      } while (done < batch.length && performance.now() - since < LONGEST_TRANSACTION)
      // A lone write that threw has ended it.
      if (this.connection.isTransaction) this.connection.sql('COMMIT').get()
      // Before anything is acknowledged.
      this.connection.checkFiles()
    } catch (error) {
      if (this.connection.isTransaction) this.connection.exec('ROLLBACK')
      throw error
    }
    for (const answer of answers) answer()
    for (const action of actions) action()
    return batch.slice(done)
  }

  /**
   * Takes the lock of the writers. What holds it is mostly over in less than a millisecond, and a timer takes one at least: so the first tries
   * follow each other sooner than timers could.
   */
  #begin(): void {
    const since = performance.now()
    for (let rest = SHORTEST_REST; ; rest = Math.min(rest + SHORTEST_REST, LONGEST_REST)) {
      try {
        this.connection.sql('BEGIN IMMEDIATE').get()
        return
      } catch (error) {
        if (!isBusy(error) || performance.now() - since > FIRST_TRIES) throw error
      }
      Atomics.wait(REST, 0, 0, rest)
    }
  }

  /** @returns what answers the write. One that throws is undone alone; a read leaves nothing to undo. */
  #act(write: Write, actions: (() => void)[], mode: Mode): () => void {
    const { act, answer } = write
    const mine: (() => void)[] = []
    const hasSavepoint = mode === 'apart' && write.durability !== null
    if (hasSavepoint) this.connection.exec('SAVEPOINT own')
    try {
      const value = act((action) => mine.push(action))
      if (hasSavepoint) this.connection.exec('RELEASE own')
      actions.push(...mine)
      return () => {
        answer.resolve(value)
      }
    } catch (error) {
      // A full disk has undone everything already.
      if (isBusy(error) || !this.connection.isTransaction) throw error
      const refuse = (): void => {
        answer.reject(typedError(error, this.address))
      }
      if (write.durability === null) return refuse
      if (mode === 'together') throw new OneThrew()
      this.connection.exec(hasSavepoint ? 'ROLLBACK TO own; RELEASE own' : 'ROLLBACK')
      if (error instanceof BeginAnew) {
        if (mode === 'alone') this.#begin()
        return this.#act(write, actions, mode)
      }
      return refuse
    }
  }
}
