import type { NodeAddress } from '../../../util/node-address.js'
import { showNode } from '../../../util/node-address.js'
import type { RedisLocation } from '../connection/redis-location.js'

/** A node of a cluster, as it is connected to. The nodes of one session are the same object for the same address. */
export interface ClusterNode extends NodeAddress {
  /** `host:port` */
  readonly name: string
  /** Its id in the cluster, as it was told last; undefined: not yet. */
  id?: string
}

/** The nodes of a cluster by the addresses that they tell. */
export class ClusterNodes {
  readonly #nodes = new Map<string, ClusterNode>()

  constructor(private readonly location: RedisLocation) {}

  /**
   * The node with an address.
   *
   * @param address - as nodes tell it. No host: that of the node that tells it
   */
  told({ host, port }: NodeAddress, by: NodeAddress): ClusterNode {
    const address = { host: host === '' ? by.host : host, port }
    return this.of(this.location.natMap[showNode(address)] ?? address)
  }

  /** The node that is connected to under an address. */
  of({ host, port }: NodeAddress): ClusterNode {
    const name = showNode({ host, port })
    const node = this.#nodes.get(name) ?? { name, host, port }
    this.#nodes.set(name, node)
    return node
  }

  /** The location of one node, as of a single server. */
  locationOf({ name, host, port }: ClusterNode): RedisLocation {
    const scheme = this.location.tls ? 'rediss' : 'redis'
    return { ...this.location, kind: 'single', address: `${scheme}://${name}/0`, nodes: [{ host, port }] }
  }
}
