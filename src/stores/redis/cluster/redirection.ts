import type { ClusterNode, ClusterNodes } from './cluster-node.js'

/** Where a node sends a call that is not for it. */
export interface Redirection {
  /** `moved`: the slot belongs to that node; `ask`: the slot is on its way there, and the keys of this call have arrived. */
  readonly kind: 'moved' | 'ask'
  readonly node: ClusterNode
}

/** Reads an error reply. @returns null where it is no redirection */
export function readRedirection(error: unknown, from: ClusterNode, nodes: ClusterNodes): Redirection | null {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return null
  const [, kind, host = '', port] = /^(MOVED|ASK) \d+ (.*):(\d+)$/.exec(error.message) ?? []
  if (kind === undefined) return null
  return { kind: kind === 'ASK' ? 'ask' : 'moved', node: nodes.told({ host, port: Number(port) }, from) }
}
