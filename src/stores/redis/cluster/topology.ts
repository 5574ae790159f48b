import type { RedisLocation } from '../connection/redis-location.js'
import { explained, isTransient, NotConnectedError } from '../connection/redis-errors.js'
import { pause, performance } from '../../../util/timers.js'
import { ClusterHistories } from './cluster-histories.js'
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
  readonly histories = new ClusterHistories((slot) => this.ownerOf(slot))
  /** By slot. */
  #owners: ClusterNode[] = []
  #masters = new Set<ClusterNode>()
  /** The same, as they were told last: those that single calls were sent to are not among them. */
  #mastersAtLook: ReadonlySet<ClusterNode> = new Set()
  readonly #replicas = new Map<ClusterNode, ReadonlySet<ClusterNode>>()
  readonly #losses = new Map<ClusterNode, number>()
  readonly #onChange = new Set<() => void>()
  readonly #scout: Scout
  /** Number of looks that have begun: of questions to nodes who has which slots. */
  #looks = 0
  /** Slots that nodes have said to have moved, with the number of the last look that had begun by then. It may know less. */
  readonly #movedSince = new Map<number, number>()
  /** The node that a slot has moved to last. It knows that. */
  #movedTo: ClusterNode | null = null
  /** Whether a slot has moved since the look began that was answered last. */
  #isOutdated = false
  #closed = false
  #refreshing: Promise<void> | null = null
  #refreshedAt = -Infinity

  #reason: Error | null = null

  constructor(private readonly location: RedisLocation) {
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

  /** A node says that a slot belongs to another one. */
  moved(slot: number, node: ClusterNode): void {
    const before = this.#owners[slot]
    this.#movedSince.set(slot, this.#looks)
    this.#movedTo = node
    if (before === node) return
    this.#owners[slot] = node
    this.#masters.add(node)
    if (before) {
      this.#lost(before)
      // Where the node was no master, it may have taken the place of the one before. The next look tells of the other slots.
      const isReplacement = this.#isReplicaOf(node, before) || !this.#mastersAtLook.has(node)
      if (isReplacement) this.histories.changed((each) => each === slot)
    }
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
    if (this.#closed) return
    this.#refreshing ??= this.#refresh(suspect).finally(() => {
      this.#refreshedAt = performance.now()
      this.#refreshing = null
      if (!this.#isOutdated) return
      this.#isOutdated = false
      this.refresh().catch(() => undefined)
    })
    await this.#refreshing
  }

  /** Calls back after each change. @returns ends that */
  onChange(call: () => void): () => void {
    this.#onChange.add(call)
    return () => this.#onChange.delete(call)
  }

  close(): void {
    this.#closed = true
    this.#onChange.clear()
    this.#scout.leave()
  }

  async #refresh(suspect: ClusterNode | undefined): Promise<void> {
    const left = this.#refreshedAt + ASK_EVERY - performance.now()
    if (left > 0) await pause(left)
    let reason: unknown = null
    for (const node of this.#candidates(suspect)) {
      const look = ++this.#looks
      try {
        const ranges = await this.#scout.ask(node)
        if (ranges.length === 0) continue
        this.#reason = null
        this.#take(ranges, look)
        return
      } catch (error) {
        if (error instanceof Error) this.#reason = error instanceof NotConnectedError ? (error.cause as Error) : error
        // What one node refuses tells more than that another one is away.
        if (!isTransient(error)) reason = explained(error, this.nodes.locationOf(node).address)
      }
    }
    if (reason !== null) throw reason as Error
  }

  /** The node that a slot has moved to, the one that was asked last, all others in any order, those of the URL; a suspect comes last. */
  #candidates(suspect: ClusterNode | undefined): readonly ClusterNode[] {
    const known = [...this.#masters, ...[...this.#replicas.values()].flatMap((replicas) => [...replicas])]
    const shuffled = known.map((node) => ({ node, at: Math.random() })).sort((a, b) => a.at - b.at)
    const first = [this.#movedTo, this.#scout.node].filter((node) => node !== null)
    this.#movedTo = null
    const all = new Set([
      ...first,
      ...shuffled.map(({ node }) => node),
      ...this.location.nodes.map((node) => this.nodes.of(node)),
    ])
    if (suspect && all.delete(suspect)) all.add(suspect)
    return [...all]
  }

  /** @param look - its number */
  #take(ranges: readonly SlotRange[], look: number): void {
    const owners: ClusterNode[] = []
    for (const { first, last, master, replicas } of ranges) {
      for (let slot = first; slot <= last; slot++) owners[slot] = master
      this.#replicas.set(master, new Set(replicas))
    }
    for (const [slot, since] of this.#movedSince) {
      const owner = this.#owners[slot]
      if (since >= look && owner) owners[slot] = owner
      else this.#movedSince.delete(slot)
    }
    this.#isOutdated = this.#movedSince.size > 0
    const masters = new Set(owners.filter((owner) => (owner as ClusterNode | undefined) !== undefined))
    const losers = new Set<ClusterNode>()
    const replaced = new Set<number>()
    this.#owners.forEach((before, slot) => {
      const next = owners[slot]
      if (next === before) return
      losers.add(before)
      if (next && this.#isReplacement(next, before, masters)) replaced.add(slot)
    })
    const isNew = losers.size > 0 || owners.some((owner, slot) => this.#owners[slot] !== owner)
    this.#owners = owners
    this.#masters = masters
    this.#mastersAtLook = new Set(ranges.map(({ master }) => master))
    for (const node of losers) this.#lost(node)
    if (replaced.size > 0) this.histories.changed((slot) => replaced.has(slot))
    if (isNew) this.#changed()
  }

  /**
   * Whether a node has taken the place of the one before, all of whose acknowledged writes it may not have. One that was not known as its
   * replica has, too, where it was no master, and the one before has no slots any more.
   */
  #isReplacement(next: ClusterNode, before: ClusterNode, masters: ReadonlySet<ClusterNode>): boolean {
    return this.#isReplicaOf(next, before) || (!this.#mastersAtLook.has(next) && !masters.has(before))
  }

  #isReplicaOf(node: ClusterNode, master: ClusterNode): boolean {
    return this.#replicas.get(master)?.has(node) === true
  }

  /** A node has lost slots. */
  #lost(node: ClusterNode): void {
    this.#losses.set(node, this.lossesOf(node) + 1)
  }

  #changed(): void {
    for (const call of [...this.#onChange]) call()
  }
}
