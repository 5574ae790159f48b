import { checkServer } from '../connection/check-server.js'
import { RedisConnection } from '../connection/redis-connection.js'
import { clearTimeout, setTimeout } from '../../../util/timers.js'
import type { ClusterNode, ClusterNodes } from './cluster-node.js'
import type { SlotRange } from './slot-ranges.js'
import { readSlotRanges } from './slot-ranges.js'

/** Longest wait for the answer of one node, ms. Another one may know more. */
const PATIENCE = 500
/** Time without a question after which the connection is closed, ms. */
const KEEP = 10_000

/** Asks nodes of a cluster which of them has which slots, on a connection of its own that is open while there are questions. */
export class Scout {
  #connection: RedisConnection | null = null
  #node: ClusterNode | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(private readonly nodes: ClusterNodes) {}

  /** The node that was asked last; null: it gave no answer. */
  get node(): ClusterNode | null {
    return this.#node
  }

  /** @throws the error of the node, or what keeps it from being asked */
  async ask(node: ClusterNode): Promise<readonly SlotRange[]> {
    clearTimeout(this.#timer)
    try {
      const reply = await this.#connectionTo(node).once(PATIENCE, async (redis) => {
        return await redis.cluster('SLOTS').catch(async (error: unknown) => {
          // A Sentinel knows no such command.
          await checkServer(redis, this.nodes.locationOf(node).address, 'cluster')
          throw error
        })
      })
      return readSlotRanges(reply, node, this.nodes)
    } catch (error) {
      this.leave()
      throw error
    } finally {
      this.#timer = setTimeout(() => {
        this.leave()
      }, KEEP).unref()
    }
  }

  leave(): void {
    clearTimeout(this.#timer)
    this.#connection?.drop()
    this.#connection = null
    this.#node = null
  }

  #connectionTo(node: ClusterNode): RedisConnection {
    if (this.#connection && this.#node === node) return this.#connection
    this.#connection?.drop()
    this.#node = node
    this.#connection = new RedisConnection(this.nodes.locationOf(node), 'pulsar-queue-scout')
    return this.#connection
  }
}
