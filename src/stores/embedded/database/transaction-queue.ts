import { BrokerFullError, BrokerUnreachableError, ClosedError, EmbeddedDirectoryError } from '../../../errors.js'
import type { Deferred } from '../../../util/deferred.js'
import { deferred } from '../../../util/deferred.js'
import type { Database, Statement } from './sqlite.js'
import { isBusy, resultCode, SQLITE } from './sqlite.js'

/** What is to be done once the transaction is committed. */
export type After = (action: () => void) => void

interface Job {
  readonly act: (after: After) => unknown
  readonly answer: Deferred<unknown>
  readonly since: number
}

/** Longest wait for other processes' writes, ms. */
const PATIENCE = 10_000
const LONGEST_PAUSE = 50
/** Past this, a transaction takes no more jobs in: other processes and the event loop want their turn, ms. */
const LONGEST_TURN = 20

/**
 * Writes to one database: everything that one turn of the event loop wants written is one transaction, a lone write
 * leaves in its own turn. While another process writes, it waits without blocking the loop. Made by the store.
 *
 * A job may be run again when its transaction could not be committed, so it must do nothing but read and write.
 */
export class Writer {
  #waiting: Job[] = []
  #scheduled = false
  #pause = 1
  #closed = false
  readonly #begin: Statement
  readonly #commit: Statement

  constructor(
    private readonly db: Database,
    /** For errors. */
    private readonly address: string,
  ) {
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
  }

  /**
   * Runs `act` inside a transaction; what it throws undoes what it did, and rejects.
   *
   * @throws {@link BrokerUnreachableError} when other processes write all the time; {@link BrokerFullError}
   */
  async write<T>(act: (after: After) => T): Promise<T> {
    if (this.#closed) throw new ClosedError('embedded store')
    const answer = deferred<unknown>()
    this.#waiting.push({ act, answer, since: performance.now() })
    if (!this.#scheduled) {
      this.#scheduled = true
      process.nextTick(() => {
        this.#turn()
      })
    }
    return (await answer.promise) as T
  }

  /** Runs `look` outside of a transaction, again when the database was being recovered from a crash. */
  async read<T>(look: () => T): Promise<T> {
    for (const since = performance.now(); ;) {
      if (this.#closed) throw new ClosedError('embedded store')
      try {
        return look()
      } catch (error) {
        if (!isBusy(error) || performance.now() - since > PATIENCE) throw this.#explained(error)
      }
      await new Promise((resolve) => setTimeout(resolve, LONGEST_PAUSE * Math.random()))
    }
  }

  /** Rejects what waits, and what comes. */
  close(): void {
    this.#closed = true
    for (const { answer } of this.#waiting.splice(0)) answer.reject(new ClosedError('embedded store'))
  }

  #turn(): void {
    this.#scheduled = false
    const batch = this.#waiting
    if (batch.length === 0) return
    this.#waiting = []
    try {
      this.#waiting = this.#transact(batch)
      this.#pause = 1
    } catch (error) {
      this.#waiting = isBusy(error) ? this.#patient(batch, error) : []
      if (!isBusy(error)) for (const { answer } of batch) answer.reject(this.#explained(error))
      this.#later()
      return
    }
    if (this.#waiting.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#turn()
    })
  }

  /** Another process writes: tries again after a pause, with what has come in by then. */
  #later(): void {
    if (this.#waiting.length === 0) return
    this.#scheduled = true
    setTimeout(
      () => {
        this.#turn()
      },
      this.#pause * (0.5 + Math.random()),
    )
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
  }

  #patient(batch: readonly Job[], error: unknown): Job[] {
    const now = performance.now()
    return batch.filter(({ answer, since }) => {
      if (now - since <= PATIENCE) return true
      answer.reject(new BrokerUnreachableError(this.address, PATIENCE, error))
      return false
    })
  }

  /** @returns the jobs that were not begun */
  #transact(batch: Job[]): Job[] {
    const actions: (() => void)[] = []
    const answers: (() => void)[] = []
    let done = 0
    const since = performance.now()
    this.#begin.run()
    try {
      do {
        const job = batch[done++]
        if (job) answers.push(this.#act(job, actions, batch.length > 1))
      } while (done < batch.length && performance.now() - since < LONGEST_TURN)
      // A lone job that threw has ended it.
      if (this.db.isTransaction) this.#commit.run()
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK')
      throw error
    }
    for (const answer of answers) answer()
    for (const action of actions) action()
    return batch.slice(done)
  }

  /** One job of several is undone alone when it throws. */
  #act({ act, answer }: Job, actions: (() => void)[], several: boolean): () => void {
    const mine: (() => void)[] = []
    if (several) this.db.exec('SAVEPOINT job')
    try {
      const value = act((action) => mine.push(action))
      if (several) this.db.exec('RELEASE job')
      actions.push(...mine)
      return () => {
        answer.resolve(value)
      }
    } catch (error) {
      // A full disk has undone everything already.
      if (isBusy(error) || !this.db.isTransaction) throw error
      this.db.exec(several ? 'ROLLBACK TO job; RELEASE job' : 'ROLLBACK')
      return () => {
        answer.reject(this.#explained(error))
      }
    }
  }

  #explained(error: unknown): unknown {
    const code = resultCode(error)
    if (code === SQLITE.full) return new BrokerFullError(this.address, 'the disk is full')
    if (code === SQLITE.readonly || code === SQLITE.ioerr || code === SQLITE.cantOpen) {
      const reason = error instanceof Error ? error.message : String(error)
      return new EmbeddedDirectoryError(this.address.replace(/^embedded:/, ''), reason, { cause: error })
    }
    return error
  }
}
