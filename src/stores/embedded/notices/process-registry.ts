import { BOOT_ID, monotonic } from '../database/clock.js'
import { isGone } from './process-name.js'
import type { Store } from '../store.js'

/** What a presence calls. What goes wrong in there is tried again at the next beat. */
export interface PresenceListener {
  /** The others took this process for dead and forgot what it listens to. */
  forgotten(): Promise<void>
  beat(): Promise<void>
}

/** A process that said nothing for this long is forgotten, ms; it says something three times as often. */
const TTL = 30_000

/** Says of a process that hears notices that it is there, in leases.db, and knows which others are. Made by the mailbox. */
export class Presence {
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly store: Store,
    private readonly name: string,
    private readonly listener: PresenceListener,
  ) {}

  async start(): Promise<void> {
    await this.#say()
    this.#timer = setInterval(() => {
      this.#beat().catch(() => undefined)
    }, TTL / 3).unref()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.store.leaseWriter
      .write(() => this.store.leaseSql('DELETE FROM process WHERE name = ?').run(this.name))
      .catch(() => undefined)
  }

  /** Of the processes named, those that are dead; they lose their presence. */
  async dead(names: readonly string[]): Promise<string[]> {
    const { store } = this
    const silent = store.leaseSql('SELECT name FROM process WHERE boot <> ? OR expires <= ?')
    const living = store.leaseSql('SELECT 1 FROM process WHERE name = ?')
    const find = (): string[] => {
      const lost = new Set((silent.all(BOOT_ID, monotonic()) as { name: string }[]).map(({ name }) => name))
      const suspects = new Set([...names, ...lost])
      suspects.delete(this.name)
      return [...suspects].filter((name) => lost.has(name) || isGone(name) || living.get(name) === undefined)
    }
    const found = await store.leaseWriter.read(find)
    if (found.length === 0) return []
    return await store.leaseWriter.write(() => {
      // Looked at again: one of them may have spoken in between.
      const dead = find()
      for (const name of dead) store.leaseSql('DELETE FROM process WHERE name = ?').run(name)
      return dead
    })
  }

  async #beat(): Promise<void> {
    const wasKnown = await this.#say()
    if (!wasKnown) await this.listener.forgotten()
    await this.listener.beat()
  }

  /** @returns whether it was known */
  async #say(): Promise<boolean> {
    const { store } = this
    return await store.leaseWriter.write(() => {
      const expires = monotonic() + TTL
      const sql = 'UPDATE process SET expires = ?, boot = ? WHERE name = ?'
      if (store.leaseSql(sql).run(expires, BOOT_ID, this.name).changes === 1) return true
      store.leaseSql('INSERT INTO process (name, boot, expires) VALUES (?, ?, ?)').run(this.name, BOOT_ID, expires)
      return false
    })
  }
}
