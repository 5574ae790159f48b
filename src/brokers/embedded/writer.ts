import { BrokerFullError, BrokerUnreachableError, ClosedError, EmbeddedDirectoryError } from '../../errors.js'
import type { Deferred } from '../../util/deferred.js'
import { deferred } from '../../util/deferred.js'
import type { Database } from './sqlite.js'
import { resultCode, SQLITE } from './sqlite.js'

interface Job {
  readonly act: (after: After) => unknown
  readonly answer: Deferred<unknown>
}

/** What is to be done once the transaction is on disk. */
export type After = (action: () => void) => void

/** Longest wait for other processes' writes, ms. */
const PATIENCE = 10_000
const FIRST_PAUSE = 1

/**
 * Writes to one database: everything that one turn of the event loop wants written is one transaction. While another
 * process writes, it waits without blocking the loop.
 */
export class Writer {
  #waiting: Job[] = []
  #scheduled = false
  #running: Promise<void> | null = null
  #closed = false

  constructor(
    private readonly db: Database,
    /** For errors. */
    private readonly address: string,
  ) {}

  /**
   * Runs `act` inside a transaction; what it throws undoes what it did, and rejects.
   *
   * @throws {@link BrokerUnreachableError} when other processes write all the time; {@link BrokerFullError}
   */
  async write<T>(act: (after: After) => T): Promise<T> {
    if (this.#closed) throw new ClosedError('embedded broker')
    const answer = deferred<unknown>()
    this.#waiting.push({ act, answer })
    if (!this.#scheduled && this.#running === null) {
      this.#scheduled = true
      process.nextTick(() => {
        this.#scheduled = false
        this.#running = this.#run()
      })
    }
    return (await answer.promise) as T
  }

  /** Rejects what waits. What was begun is finished first. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
    for (const { answer } of this.#waiting.splice(0)) answer.reject(new ClosedError('embedded broker'))
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#begin()
        this.#transact(batch)
      } catch (error) {
        const known = this.#explained(error)
        for (const { answer } of batch) answer.reject(known)
      }
    }
    this.#running = null
  }

  async #begin(): Promise<void> {
    const since = performance.now()
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, 50)) {
      try {
        this.db.exec('BEGIN IMMEDIATE')
        return
      } catch (error) {
        const code = resultCode(error)
        if (code !== SQLITE.busy && code !== SQLITE.locked) throw error
        if (performance.now() - since > PATIENCE) throw new BrokerUnreachableError(this.address, PATIENCE, error)
      }
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())))
    }
  }

  #transact(batch: readonly Job[]): void {
    const actions: (() => void)[] = []
    const answers: (() => void)[] = []
    try {
      for (const job of batch) answers.push(this.#act(job, actions, batch.length > 1))
      this.db.exec('COMMIT')
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK')
      throw error
    }
    for (const answer of answers) answer()
    for (const action of actions) action()
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
      if (!this.db.isTransaction) throw error
      if (several) this.db.exec('ROLLBACK TO job; RELEASE job')
      else {
        this.db.exec('ROLLBACK')
        this.db.exec('BEGIN')
      }
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
