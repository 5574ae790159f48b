import { BOOT_ID, monotonic } from '../database/clock.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import { hasEnded } from './process-name.js'

/** A process that has not renewed its entry for this long is taken for dead, ms. */
const TTL = 30_000
/** Interval at which a process renews its entry, ms. */
export const RENEWED_EVERY = TTL / 3

/** The processes that hear notices of a store, in leases.db. Created by the notifier. */
export class ProcessRegistry {
  constructor(
    private readonly leases: DatabaseConnection,
    /** Of this process. */
    private readonly name: string,
  ) {}

  /** Adds or renews the entry of this process. @returns false where there was none, because others took this one for dead */
  async renew(): Promise<boolean> {
    return await this.leases.write(() => {
      const expires = monotonic() + TTL
      const update = this.leases.sql('UPDATE process SET expires = ?, boot = ? WHERE name = ?')
      if (update.run(expires, BOOT_ID, this.name).changes === 1) return true
      const insert = this.leases.sql('INSERT INTO process (name, boot, expires) VALUES (?, ?, ?)')
      insert.run(this.name, BOOT_ID, expires)
      return false
    })
  }

  /** Removes this process. */
  async leave(): Promise<void> {
    await this.leases.write(() => this.leases.sql('DELETE FROM process WHERE name = ?').run(this.name))
  }

  /** Removes the processes that died. @returns those, and the dead ones among `names`; never this process */
  async removeDead(names: readonly string[]): Promise<readonly string[]> {
    if ((await this.leases.read(() => this.#findDead(names))).length === 0) return []
    return await this.leases.write(() => {
      // Checked again: one of them may have renewed its entry in between.
      const dead = this.#findDead(names)
      for (const name of dead) this.leases.sql('DELETE FROM process WHERE name = ?').run(name)
      return dead
    })
  }

  #findDead(names: readonly string[]): string[] {
    const rows = this.leases.sql('SELECT name FROM process WHERE boot <> ? OR expires <= ?').all(BOOT_ID, monotonic())
    const silent = new Set((rows as { name: string }[]).map(({ name }) => name))
    const entry = this.leases.sql('SELECT 1 FROM process WHERE name = ?')
    const asked = new Set([...names, ...silent])
    asked.delete(this.name)
    return [...asked].filter((name) => silent.has(name) || hasEnded(name) || entry.get(name) === undefined)
  }
}
