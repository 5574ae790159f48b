import { BOOT_ID, monotonic } from './database/clock.js'
import type { Store } from './store.js'
import { StoreHandle } from './store-handle.js'
import type { Clock } from '../../util/clock.js'
import { SYSTEM_CLOCK } from '../../util/clock.js'
import type { Subscription } from '../../util/subscription.js'
import type { AcquireReply, PermitAnswer, PermitRequest, ReleaseReply, OfferedPermit } from '../permit-store.js'
import { PermitStore } from '../permit-store.js'
import { OFFER_TTL } from '../policy.js'

/**
 * Locks and limits in SQLite, beside the leases: nobody who renews one waits for those who write tasks. Made by the wiring.
 */
export class EmbeddedPermitStore extends PermitStore {
  readonly #handle: StoreHandle

  /**
   * @param clock - of the store, where this opens it
   * @throws {@link InvalidUrlError}
   */
  constructor(url: string, clock: Clock = SYSTEM_CLOCK) {
    super()
    this.#handle = new StoreHandle(url, clock, 'embedded locks')
  }

  get heartbeatUrl(): string | null {
    return this.#handle.location.url
  }

  async acquire(name: string, requests: readonly PermitRequest[], ttl: number, waitTtl: number): Promise<AcquireReply> {
    return await this.#transact(name, (places) => {
      const answers = requests.map(({ holder, max }): PermitAnswer => {
        places.reserve(max)
        if (places.isHeld(holder) || places.count() < max) {
          places.leaveLine(holder)
          return { fence: places.grant(holder, ttl), retryIn: 0 }
        }
        if (waitTtl > 0) places.enterLine(holder, waitTtl)
        return { fence: null, retryIn: places.firstExpiry() }
      })
      return { answers, offered: places.offered }
    })
  }

  async renew(name: string, holders: readonly string[], ttl: number): Promise<readonly boolean[]> {
    const store = this.#handle.open()
    const key = this.#handle.qualified(name)
    return await store.leases.write(() => {
      const sql = store.leases.sql('UPDATE lock_holder SET expires = ?, boot = ? WHERE name = ? AND holder = ?')
      return holders.map((holder) => sql.run(monotonic() + ttl, BOOT_ID, key, holder).changes === 1)
    })
  }

  async release(name: string, holder: string, fence: number | null, max: number): Promise<ReleaseReply> {
    return await this.#transact(name, (places) => {
      const released = places.remove(holder, fence)
      places.reserve(max)
      return { released, offered: places.offered }
    })
  }

  async sweep(name: string, max: number): Promise<readonly OfferedPermit[]> {
    return await this.#transact(name, (places) => {
      places.reserve(max)
      return places.offered
    })
  }

  async openInbox(inbox: string, listener: (holder: string | null) => void): Promise<Subscription> {
    return await this.#handle.listen('lock', this.#handle.qualified(inbox), {
      receive(message) {
        listener(message as string)
      },
      missed() {
        listener(null)
      },
    })
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  async #transact<T>(name: string, act: (places: Places) => T): Promise<T> {
    const store = this.#handle.open()
    let offered: readonly OfferedPermit[] = []
    const answer = await store.leases.write(() => {
      const places = new Places(store, this.#handle.qualified(name))
      const result = act(places)
      offered = places.offered
      return result
    })
    // Told through the other file: whoever misses it looks again when the place would be over.
    if (offered.length > 0) await this.#tell(store, offered)
    return answer
  }

  async #tell(store: Store, offered: readonly OfferedPermit[]): Promise<void> {
    await store.queue.write((after) => {
      for (const { holder } of offered) {
        const [inbox = ''] = holder.split('/', 1)
        if (inbox !== '') store.notifier.notify('lock', this.#handle.qualified(inbox), [holder], after)
      }
    })
  }
}

/** The places of one name, inside one transaction. */
class Places {
  readonly offered: OfferedPermit[] = []
  readonly #now = monotonic()

  constructor(
    private readonly store: Store,
    private readonly name: string,
  ) {
    this.#run('DELETE FROM lock_holder WHERE name = ? AND (boot <> ? OR expires <= ?)', BOOT_ID, this.#now)
    this.#run('DELETE FROM lock_line WHERE name = ? AND (boot <> ? OR patience <= ?)', BOOT_ID, this.#now)
  }

  count(): number {
    return (this.#get('SELECT count(*) AS count FROM lock_holder WHERE name = ?') as { count: number }).count
  }

  isHeld(holder: string): boolean {
    return this.#get('SELECT 1 FROM lock_holder WHERE name = ? AND holder = ?', holder) !== undefined
  }

  /** ms. */
  firstExpiry(): number {
    const first = this.#get('SELECT min(expires) AS expires FROM lock_holder WHERE name = ?') as { expires: number }
    return Math.max(1, Math.ceil(first.expires - this.#now))
  }

  grant(holder: string, ttl: number): number {
    const row = this.#get('SELECT last FROM lock_fence WHERE name = ?') as { last: number } | undefined
    const fence = Math.max(Date.now() * 1_000, (row?.last ?? 0) + 1)
    this.#run('INSERT INTO lock_fence (name, last) VALUES (?, ?) ON CONFLICT DO UPDATE SET last = excluded.last', fence)
    this.#run(
      `INSERT INTO lock_holder (name, holder, fence, boot, expires) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET fence = excluded.fence, boot = excluded.boot, expires = excluded.expires`,
      holder,
      fence,
      BOOT_ID,
      this.#now + ttl,
    )
    return fence
  }

  enterLine(holder: string, patience: number): void {
    this.#run(
      `INSERT INTO lock_line (name, holder, boot, patience) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET boot = excluded.boot, patience = excluded.patience`,
      holder,
      BOOT_ID,
      this.#now + patience,
    )
  }

  leaveLine(holder: string): void {
    this.#run('DELETE FROM lock_line WHERE name = ? AND holder = ?', holder)
  }

  /** @returns whether it was held under that fence */
  remove(holder: string, fence: number | null): boolean {
    const held = this.#get('SELECT fence FROM lock_holder WHERE name = ? AND holder = ?', holder) as
      { fence: number } | undefined
    if (held && fence !== null && held.fence !== fence) return false
    this.leaveLine(holder)
    this.#run('DELETE FROM lock_holder WHERE name = ? AND holder = ?', holder)
    return held !== undefined
  }

  /** Sets free places aside for the first in line. */
  reserve(max: number): void {
    const free = max - this.count()
    if (free <= 0) return
    const sql = `SELECT holder FROM lock_line WHERE name = ? AND holder NOT IN (SELECT holder FROM lock_holder WHERE name = ?)
      ORDER BY seq LIMIT ?`
    const next = this.store.leases.sql(sql).all(this.name, this.name, free) as { holder: string }[]
    for (const { holder } of next) this.offered.push({ holder, fence: this.grant(holder, OFFER_TTL) })
  }

  #run(sql: string, ...values: readonly (string | number)[]): void {
    this.store.leases.sql(sql).run(this.name, ...values)
  }

  #get(sql: string, ...values: readonly (string | number)[]): unknown {
    return this.store.leases.sql(sql).get(this.name, ...values)
  }
}
