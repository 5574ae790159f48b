import type { Redis } from 'ioredis'
import { SentinelConnector } from 'ioredis'

/** Address of a Sentinel, or of a server that it names. */
interface Address {
  readonly host: string
  readonly port: number
}

/** The members of ioredis' connector that are not in its types. */
interface Members {
  readonly options: { readonly sentinels: readonly Address[] }
  /** Whether the connection is there, or is being made. */
  readonly connecting: boolean
  /** Makes a client of one Sentinel: to ask it, or, where there are options, to hear of failovers. */
  connectToSentinel: (this: Members, sentinel: Address, options?: object) => Redis
  /** Asks one Sentinel for the master. */
  resolve: (this: Members, sentinel: Address) => Promise<Address | null>
  disconnect(): void
}

/**
 * The connector of ioredis, whose clients of Sentinels say nothing on the console. A Sentinel that cannot be reached is nothing to
 * report while another one answers; where none does, the connection reports it. Of a Sentinel that was away, nothing was heard meanwhile:
 * once it is back, all are asked for the master.
 */
export class QuietSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as ConstructorParameters<typeof SentinelConnector>[0])
  }
}

/** The channel on which a Sentinel says that a master was replaced. */
const FAILOVERS = '+switch-master'

const members = QuietSentinelConnector.prototype as unknown as Members
const { connectToSentinel, resolve } = members
/** The master that each connection leads to. */
const masters = new WeakMap<Members, Address>()

members.connectToSentinel = function (sentinel, options) {
  // A subscription that waits for a Sentinel waits for as long as that is away. ioredis would subscribe again by itself, and let nobody
  // handle it where that fails: Node ends a process for that.
  const more = options && { ...options, maxRetriesPerRequest: null, autoResubscribe: false }
  const client = connectToSentinel.call(this, sentinel, more).on('error', () => undefined)
  if (options === undefined) return client
  client.once('ready', () => {
    client.on('ready', () => {
      // Where it fails, the connection was lost again, or the Sentinel has refused it, as it may have the first one.
      client.subscribe(FAILOVERS).catch(() => undefined)
      void leaveReplaced(this)
    })
  })
  return client
}

members.resolve = async function (sentinel) {
  const master = await resolve.call(this, sentinel)
  if (master) masters.set(this, master)
  return master
}

/** Leaves the server where most of the Sentinels name another one. The connection is then made anew, as behind a failover that was heard of. */
async function leaveReplaced(connector: Members): Promise<void> {
  const present = masters.get(connector)
  const asked = connector.options.sentinels.map(async (each) => await resolve.call(connector, each).catch(() => null))
  const named = (await Promise.all(asked)).filter((each) => each !== null)
  const others = named.filter(({ host, port }) => host !== present?.host || port !== present.port)
  if (2 * others.length <= named.length || masters.get(connector) !== present || !connector.connecting) return
  connector.disconnect()
}
