import type { Subscription } from '../../../util/subscription.js'
import type { OfferedPermit } from '../../permit-store.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import type { Receiver } from '../notices/receivers.js'
import type { StoreHandle } from '../store-handle.js'
import { onceMore } from '../tables/once-more.js'
import { Permits } from '../tables/permits.js'
import { repairPermits } from '../tables/repair-leases.js'

/** The access to the store that the verbs of one permit store share. Created by the permit store. */
export class EmbeddedPermitSession {
  constructor(private readonly handle: StoreHandle) {}

  /** Runs `act` in a transaction on the permits of a name, and notifies the waiters that got offers. */
  async transact<T>(name: string, act: (permits: Permits) => T): Promise<T> {
    let offered: readonly OfferedPermit[] = []
    const answer = await this.write(name, (leases, qualified) => {
      const permits = new Permits(leases, qualified, (holder) => this.#canTell(holder))
      const result = act(permits)
      offered = permits.offered
      return result
    })
    // Notices are in queue.db, outside of this transaction. A waiter that misses one asks again when the offer has expired.
    if (offered.length > 0) await this.#tell(offered)
    return answer
  }

  /** Runs `act` in a transaction on leases.db; once more where rows could not be read, after they were repaired. */
  async write<T>(name: string, act: (leases: DatabaseConnection, qualified: string) => T): Promise<T> {
    const { leases, clock } = this.handle.open()
    const run = (): Promise<T> => leases.write(() => act(leases, this.handle.qualified(name)))
    return await onceMore(run, () =>
      leases.write(() => {
        repairPermits(leases, clock.now())
      }),
    )
  }

  async listen(inbox: string, receiver: Receiver): Promise<Subscription> {
    return await this.handle.listen('permit', this.handle.qualified(inbox), receiver)
  }

  #canTell(holder: string): boolean {
    const inbox = inboxOf(holder)
    return inbox === '' || this.handle.open().notifier.isHeard('permit', this.handle.qualified(inbox))
  }

  async #tell(offered: readonly OfferedPermit[]): Promise<void> {
    const { queue, notifier } = this.handle.open()
    await queue.write((afterCommit) => {
      for (const { holder } of offered) {
        const inbox = inboxOf(holder)
        if (inbox !== '') notifier.notify('permit', this.handle.qualified(inbox), [holder], afterCommit)
      }
    })
  }
}

/** The inbox of a holder; '' for none. */
function inboxOf(holder: string): string {
  return holder.split('/', 1)[0] ?? ''
}
