import type { ClusterNode, ClusterNodes } from './cluster-node.js'

/** Slots that follow each other and have one master. */
export interface SlotRange {
  readonly first: number
  readonly last: number
  readonly master: ClusterNode
  readonly replicas: readonly ClusterNode[]
}

/** Host, port and id of a node, as CLUSTER SLOTS tells them. */
type Told = readonly [host: unknown, port: unknown, id: unknown]

/** Reads the reply to CLUSTER SLOTS. @param by - the node that has told it */
export function readSlotRanges(reply: unknown, by: ClusterNode, nodes: ClusterNodes): SlotRange[] {
  if (!Array.isArray(reply)) return []
  return (reply as [number, number, ...Told[]][]).flatMap(([first, last, ...told]) => {
    const [master, ...replicas] = told.map((each) => readTold(each, by, nodes))
    return master ? [{ first, last, master, replicas: replicas.filter((replica) => replica !== null) }] : []
  })
}

/** null for a node whose host is not known. One without a host is where the one that tells it is. */
function readTold([host, port, id]: Told, by: ClusterNode, nodes: ClusterNodes): ClusterNode | null {
  const name = typeof host === 'string' ? host : ''
  if (name === '?') return null
  const node = nodes.told({ host: name, port: Number(port) }, by)
  if (typeof id === 'string') node.id = id
  return node
}
