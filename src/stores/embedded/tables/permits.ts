import type { OfferedPermit } from '../../permit-store.js'
import { OFFER_TTL } from '../../policy.js'
import { BOOT_ID, monotonic } from '../database/clock.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import { checkWithin, fencesAt } from './unreadable.js'
import { systemTime } from '../../../util/timers.js'

interface WaiterRow {
  readonly holder: string
  readonly boot: string
  readonly expires: number
}

/**
 * The permits and the waiters of one name, inside one transaction. Expired ones are deleted first. A waiter that has let an offer expire is
 * dead, or busy for longer than others should wait: it goes behind them.
 */
export class Permits {
  readonly offered: OfferedPermit[] = []
  readonly #now = monotonic()

  constructor(
    private readonly leases: DatabaseConnection,
    private readonly name: string,
    /** Whether a waiter may learn of an offer. */
    private readonly canTell: (holder: string) => boolean,
  ) {
    for (const { holder, boot, expires } of this.#waitersOfExpired()) {
      this.removeWaiter(holder)
      this.#addWaiter(holder, boot, expires)
    }
    this.#run('DELETE FROM permit WHERE name = ? AND (boot <> ? OR expires <= ?)', BOOT_ID, this.#now)
    this.#run('DELETE FROM permit_waiter WHERE name = ? AND (boot <> ? OR expires <= ?)', BOOT_ID, this.#now)
  }

  /** Number of permits that are held or offered. */
  count(): number {
    return (this.#get('SELECT count(*) AS count FROM permit WHERE name = ?') as { count: number }).count
  }

  isHeld(holder: string): boolean {
    return this.#get('SELECT 1 FROM permit WHERE name = ? AND holder = ?', holder) !== undefined
  }

  isWaiting(holder: string): boolean {
    return this.#get('SELECT 1 FROM permit_waiter WHERE name = ? AND holder = ?', holder) !== undefined
  }

  /** ms until the first permit expires. */
  firstExpiry(): number {
    const first = this.#get('SELECT min(expires) AS expires FROM permit WHERE name = ?') as { expires: number }
    return Math.max(1, Math.ceil(first.expires - this.#now))
  }

  /** Gives a permit, or the same one under a new fence. @returns its fence */
  grant(holder: string, ttl: number): number {
    const row = this.#get('SELECT last FROM permit_fence WHERE name = ?') as { last: number } | undefined
    const now = systemTime()
    const fence = checkWithin(Math.max(now * 1_000, (row?.last ?? 0) + 1), fencesAt(now))
    this.#run(
      'INSERT INTO permit_fence (name, last) VALUES (?, ?) ON CONFLICT DO UPDATE SET last = excluded.last',
      fence,
    )
    this.#run(
      `INSERT INTO permit (name, holder, fence, boot, expires) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET fence = excluded.fence, boot = excluded.boot, expires = excluded.expires`,
      holder,
      fence,
      BOOT_ID,
      this.#now + ttl,
    )
    return fence
  }

  /** Puts a holder at the end of the waiters; one that waits already stays where it is. */
  addWaiter(holder: string, waitTtl: number): void {
    this.#addWaiter(holder, BOOT_ID, this.#now + waitTtl)
  }

  removeWaiter(holder: string): void {
    this.#run('DELETE FROM permit_waiter WHERE name = ? AND holder = ?', holder)
  }

  /** Releases a permit, and stops waiting for one. @returns whether it was held under that fence; null: under any */
  release(holder: string, fence: number | null): boolean {
    const row = this.#get('SELECT fence FROM permit WHERE name = ? AND holder = ?', holder)
    const held = row as { fence: number } | undefined
    if (held && fence !== null && held.fence !== fence) return false
    this.removeWaiter(holder)
    this.#run('DELETE FROM permit WHERE name = ? AND holder = ?', holder)
    return held !== undefined
  }

  /**
   * Offers free permits to the first waiters. Those that cannot be told are passed over, and keep their places.
   *
   * @param max - number of permits that the name has
   * @param asking - the waiter that asks, and need not be told
   */
  offerFree(max: number, asking?: string): void {
    let free = max - this.count()
    if (free <= 0) return
    const sql = this.leases.sql(
      `SELECT holder FROM permit_waiter WHERE name = ? AND holder NOT IN (SELECT holder FROM permit WHERE name = ?)
       ORDER BY seq`,
    )
    for (const { holder } of sql.all(this.name, this.name) as { holder: string }[]) {
      if (holder !== asking && !this.canTell(holder)) continue
      this.offered.push({ holder, fence: this.grant(holder, OFFER_TTL) })
      free -= 1
      if (free === 0) return
    }
  }

  #addWaiter(holder: string, boot: string, expires: number): void {
    this.#run(
      `INSERT INTO permit_waiter (name, holder, boot, expires) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET boot = excluded.boot, expires = excluded.expires`,
      holder,
      boot,
      expires,
    )
  }

  /** Waiters whose offers have expired, in order. */
  #waitersOfExpired(): readonly WaiterRow[] {
    const sql = this.leases.sql(
      `SELECT holder, permit_waiter.boot, permit_waiter.expires FROM permit JOIN permit_waiter USING (name, holder)
       WHERE name = ? AND (permit.boot <> ? OR permit.expires <= ?) ORDER BY permit_waiter.seq`,
    )
    return sql.all(this.name, BOOT_ID, this.#now) as unknown as WaiterRow[]
  }

  #run(sql: string, ...values: readonly (string | number)[]): void {
    this.leases.sql(sql).run(this.name, ...values)
  }

  #get(sql: string, ...values: readonly (string | number)[]): unknown {
    return this.leases.sql(sql).get(this.name, ...values)
  }
}

/** Extends a permit that has not been deleted. @returns whether there is one */
export function renewPermit(leases: DatabaseConnection, name: string, holder: string, ttl: number): boolean {
  const sql = leases.sql('UPDATE permit SET expires = ?, boot = ? WHERE name = ? AND holder = ?')
  return sql.run(monotonic() + ttl, BOOT_ID, name, holder).changes === 1
}
