import type { Carrier } from '../connection/delivery.js'
import { RedisConnection } from '../connection/redis-connection.js'
import { clearInterval, setInterval } from '../../../util/timers.js'
import type { ClusterNode } from './cluster-node.js'
import type { Topology } from './topology.js'

/** How often connections that owe an answer are looked at, ms. */
const LOOK_EVERY = 250
/** Looks in a row that find a connection silent before another node is asked who has its slots. */
const SILENT_LOOKS = 2

/** How connections to nodes are opened. */
export interface NodeOptions {
  /** Name of the connections in the servers' lists of clients. */
  readonly name: string
  /** Silence after which a connection is pinged while it owes no answer, ms. Given: a connection is watched all the time. */
  readonly pingWhenIdle?: number
  /** Is called with each new connection, before it is up. */
  readonly onOpen?: (connection: RedisConnection, node: ClusterNode) => void
}

/** What was seen of a connection that owes an answer. */
interface Sight {
  readonly heardAt: number
  readonly losses: number
  readonly looks: number
}

/**
 * The connections of one role to the nodes of a cluster, each opened on first use. One that owes an answer and is silent for half
 * a second may be to a node that was replaced: another node is asked, and if the silent one has lost slots, its connection is
 * left at once.
 */
export class NodeConnections {
  readonly #connections = new Map<ClusterNode, RedisConnection>()
  readonly #nodes = new WeakMap<Carrier, ClusterNode>()
  readonly #sights = new Map<RedisConnection, Sight>()
  readonly #forget: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly topology: Topology,
    private readonly options: NodeOptions,
  ) {
    this.#forget = topology.onChange(() => {
      this.#leaveUnused()
    })
  }

  /** The connection to a node, which is watched from now on. */
  to(node: ClusterNode): RedisConnection {
    this.#timer ??= setInterval(() => {
      this.#look()
    }, LOOK_EVERY).unref()
    return this.#connections.get(node) ?? this.#open(node)
  }

  /** The same, where there is one. */
  present(node: ClusterNode): RedisConnection | undefined {
    return this.#connections.get(node)
  }

  /** Whether the node of a connection took the place of the other one's: then what that one still executes is lost anyway. */
  hasReplaced(next: Carrier, earlier: Carrier): boolean {
    const [node, other] = [this.#nodes.get(next), this.#nodes.get(earlier)]
    return node !== undefined && other !== undefined && this.topology.hasReplaced(node, other)
  }

  /** Whether the node of a connection was silent, and has answered only now. */
  isDoubtful(connection: RedisConnection): boolean {
    const sight = this.#sights.get(connection)
    return sight !== undefined && sight.looks > 0
  }

  async close(): Promise<void> {
    this.#forget()
    clearInterval(this.#timer)
    const connections = [...this.#connections.values()]
    this.#connections.clear()
    await Promise.all(connections.map(async (connection) => await connection.close()))
  }

  #open(node: ClusterNode): RedisConnection {
    const { name, pingWhenIdle, onOpen } = this.options
    const connection = new RedisConnection(
      this.topology.nodes.locationOf(node),
      name,
      pingWhenIdle,
      this.topology.histories.of(node),
    )
    this.#connections.set(node, connection)
    this.#nodes.set(connection, node)
    onOpen?.(connection, node)
    return connection
  }

  /** Ends when no connection owes an answer. */
  #look(): void {
    let isOwed = false
    for (const [node, connection] of this.#connections) {
      if (!connection.owesAnswer) {
        this.#sights.delete(connection)
        continue
      }
      isOwed = true
      const { heardAt } = connection
      const losses = this.topology.lossesOf(node)
      const sight = this.#sights.get(connection)
      // The first look finds nothing: a connection in use owes an answer nearly always.
      const looks = sight?.heardAt === heardAt ? sight.looks + 1 : 0
      const seen = looks > 0 && sight ? { ...sight, looks } : { heardAt, losses, looks: 0 }
      this.#sights.set(connection, seen)
      if (looks >= SILENT_LOOKS) void this.#doubt(node, connection, seen)
    }
    this.#leaveUnused()
    if (isOwed || this.options.pingWhenIdle !== undefined) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #doubt(node: ClusterNode, connection: RedisConnection, sight: Sight): Promise<void> {
    await this.topology.refresh(node).catch(() => undefined)
    const isLost = this.topology.lossesOf(node) > sight.losses || !this.topology.masters.has(node)
    if (isLost && connection.heardAt === sight.heardAt && connection.owesAnswer) this.#leave(node, connection)
  }

  /** A node without slots may still answer calls that were sent before. */
  #leaveUnused(): void {
    for (const [node, connection] of this.#connections) {
      if (!this.topology.masters.has(node) && !connection.owesAnswer) this.#leave(node, connection)
    }
  }

  #leave(node: ClusterNode, connection: RedisConnection): void {
    this.#connections.delete(node)
    this.#sights.delete(connection)
    connection.drop()
  }
}
