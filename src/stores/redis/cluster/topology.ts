import { ServerHistory } from '../connection/server-history.js'
import type { RedisLocation } from '../connection/redis-location.js'
import { explained, isTransient, NotConnectedError } from '../connection/redis-errors.js'
import { pause, performance } from '../../../util/timers.js'
import type { ClusterNode } from './cluster-node.js'
import { ClusterNodes } from './cluster-node.js'
import { Scout } from './scout.js'
import type { SlotRange } from './slot-ranges.js'

/** Shortest time between two questions, ms. */
const ASK_EVERY = 100

/**
 * What is known of a cluster: which node has which slots. The connections of one session share it. It is asked for at the first
 * call, and again whenever a node redirects a call, refuses it, is lost or falls silent.
 */
export class Topology {
  readonly nodes: ClusterNodes
  /** By slot. */
  #owners: ClusterNode[] = []
  #masters = new Set<ClusterNode>()
  readonly #replicas = new Map<ClusterNode, ReadonlySet<ClusterNode>>()
  readonly #losses = new Map<ClusterNode, number>()
  /** The history of writes of each node. */
  readonly #histories = new Map<ClusterNode, ServerHistory>()
  readonly #onChange = new Set<() => void>()
  readonly #scout: Scout
  #refreshing: Promise<void> | null = null
  #refreshedAt = -Infinity

  #reason: Error | null = null

  constructor(
    private readonly location: RedisLocation,
    private readonly history = new ServerHistory(),
  ) {
    this.nodes = new ClusterNodes(location)
    this.#scout = new Scout(this.nodes)
  }

  /** All nodes that have slots. */
  get masters(): ReadonlySet<ClusterNode> {
    return this.#masters
  }

  /** Why no node could be asked the last time; null: one could. */
  get reason(): Error | null {
    return this.#reason
  }

  /** The node that has a slot; undefined: that is not known, or none has it. */
  ownerOf(slot: number): ClusterNode | undefined {
    return this.#owners[slot]
  }

  /** How many times a node was found to have lost slots. */
  lossesOf(node: ClusterNode): number {
    return this.#losses.get(node) ?? 0
  }

  /** Whether a node took the place of another one that it was a replica of: then what that one still executes is lost anyway. */
  hasReplaced(node: ClusterNode, other: ClusterNode): boolean {
    return !this.#masters.has(other) && this.#replicas.get(other)?.has(node) === true
  }

  /** The history of writes of a node. Its changes are told to those who hear that of the session. */
  historyOf(node: ClusterNode): ServerHistory {
    let history = this.#histories.get(node)
    if (!history) {
      history = new ServerHistory()
      history.onChange((change) => {
        this.history.changed(change)
      })
      this.#histories.set(node, history)
    }
    return history
  }

  /** A node says that a slot belongs to another one. */
  moved(slot: number, node: ClusterNode): void {
    const before = this.#owners[slot]
    if (before === node) return
    this.#owners[slot] = node
    this.#masters.add(node)
    if (before) this.#lost(before, node)
    this.#changed()
    this.refresh().catch(() => undefined)
  }

  /**
   * Asks for the slots anew: once for all who ask at the same time.
   *
   * @param suspect - a node that is not asked where there are others
   * @throws why none can be asked, where that does not pass by itself
   */
  async refresh(suspect?: ClusterNode): Promise<void> {
    this.#refreshing ??= this.#refresh(suspect).finally(() => {
      this.#refreshedAt = performance.now()
      this.#refreshing = null
    })
    await this.#refreshing
  }

  /** Calls back after each change. @returns ends that */
  onChange(call: () => void): () => void {
    this.#onChange.add(call)
    return () => this.#onChange.delete(call)
  }

  close(): void {
    this.#onChange.clear()
    this.#scout.leave()
  }

  async #refresh(suspect: ClusterNode | undefined): Promise<void> {
    const left = this.#refreshedAt + ASK_EVERY - performance.now()
    if (left > 0) await pause(left)
    let reason: unknown = null
    for (const node of this.#candidates(suspect)) {
      try {
        const ranges = await this.#scout.ask(node)
        if (ranges.length === 0) continue
        this.#reason = null
        this.#take(ranges)
        return
      } catch (error) {
        if (error instanceof Error) this.#reason = error instanceof NotConnectedError ? (error.cause as Error) : error
        // What one node refuses tells more than that another one is away.
        if (!isTransient(error)) reason = explained(error, this.nodes.locationOf(node).address)
      }
    }
    if (reason !== null) throw reason as Error
  }

  /** The node that was asked last, then all others in any order, then those of the URL; a suspect comes last. */
  #candidates(suspect: ClusterNode | undefined): readonly ClusterNode[] {
    const known = [...this.#masters, ...[...this.#replicas.values()].flatMap((replicas) => [...replicas])]
    const shuffled = known.map((node) => ({ node, at: Math.random() })).sort((a, b) => a.at - b.at)
    const last = this.#scout.node
    const all = new Set([
      ...(last ? [last] : []),
      ...shuffled.map(({ node }) => node),
      ...this.location.nodes.map((node) => this.nodes.of(node)),
    ])
    if (suspect && all.delete(suspect)) all.add(suspect)
    return [...all]
  }

  #take(ranges: readonly SlotRange[]): void {
    const owners: ClusterNode[] = []
    for (const { first, last, master, replicas } of ranges) {
      for (let slot = first; slot <= last; slot++) owners[slot] = master
      this.#replicas.set(master, new Set(replicas))
    }
    const losers = new Map<ClusterNode, ClusterNode | undefined>()
    this.#owners.forEach((before, slot) => {
      if (owners[slot] !== before) losers.set(before, owners[slot])
    })
    const isNew = losers.size > 0 || owners.some((owner, slot) => this.#owners[slot] !== owner)
    this.#owners = owners
    this.#masters = new Set(owners.filter((owner) => (owner as ClusterNode | undefined) !== undefined))
    for (const [node, next] of losers) this.#lost(node, next)
    if (isNew) this.#changed()
  }

  /** A node has lost slots. A replica that has taken its place may not know all that it had acknowledged. */
  #lost(node: ClusterNode, next: ClusterNode | undefined): void {
    this.#losses.set(node, this.lossesOf(node) + 1)
    if (next && this.#replicas.get(node)?.has(next) === true) this.history.changed({ from: null, to: null })
  }

  #changed(): void {
    for (const call of [...this.#onChange]) call()
  }
}
