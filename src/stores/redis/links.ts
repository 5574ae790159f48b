import { ClusterConnection } from './cluster/cluster-connection.js'
import { ClusterSubscriber } from './cluster/cluster-subscriber.js'
import { Topology } from './cluster/topology.js'
import type { ChannelKind } from './connection/channel-kinds.js'
import type { Connection } from './connection/connection.js'
import { RedisConnection } from './connection/redis-connection.js'
import type { RedisLocation } from './connection/redis-location.js'
import type { Histories } from './connection/histories.js'
import { ServerHistory } from './connection/server-history.js'
import { RedisSubscriber } from './connection/redis-subscriber.js'
import type { Subscriber } from './connection/subscriber.js'

/** Opens the connections of one session. Those to a cluster share what they know of its nodes. */
export interface Links {
  /** Sends calls. @param name - name of the connection in the server's list of clients */
  connection(name: string): Connection
  subscriber(kind: ChannelKind): Subscriber
  /** Of the servers behind the connections that send calls. */
  readonly histories: Histories
  /** Closes all that were opened. */
  close(): Promise<void>
}

export function linksTo(location: RedisLocation): Links {
  const topology = location.kind === 'cluster' ? new Topology(location) : null
  const history = new ServerHistory()
  const opened: { close(): Promise<void> }[] = []
  const kept = <T extends { close(): Promise<void> }>(link: T): T => {
    opened.push(link)
    return link
  }
  return {
    histories: topology?.histories ?? history,
    connection: (name) =>
      kept(
        topology
          ? new ClusterConnection(topology, location, { name })
          : new RedisConnection(location, name, undefined, history),
      ),
    subscriber: (kind) =>
      kept(topology ? new ClusterSubscriber(topology, location, kind) : new RedisSubscriber(location, kind)),
    async close() {
      await Promise.all(opened.map(async (link) => await link.close()))
      topology?.close()
    },
  }
}
