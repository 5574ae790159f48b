import { ChangeListeners } from '../connection/change-listeners.js'
import type { Concerns, Histories, HistoryName } from '../connection/histories.js'
import { ServerHistory } from '../connection/server-history.js'
import type { ClusterNode } from './cluster-node.js'
import { slotOfKey } from './key-slot.js'

const SLOTS = 16_384

/** Which node has a slot, as far as it is known. */
type OwnerOf = (slot: number) => ClusterNode | undefined

/**
 * The histories of writes in a cluster. That of a slot changes when that of its master does, and when a replica takes the master's
 * place. It does not change when the slot moves to another master with all its keys.
 */
export class ClusterHistories implements Histories {
  readonly #servers = new Map<ClusterNode, ServerHistory>()
  /** Numbers of changes by slot; null: none has changed yet. */
  #changes: Uint32Array | null = null
  readonly #listeners = new ChangeListeners()

  constructor(private readonly ownerOf: OwnerOf) {}

  /** The history of a node, which its connections tell what they see. */
  of(node: ClusterNode): ServerHistory {
    let history = this.#servers.get(node)
    if (!history) {
      history = new ServerHistory()
      history.onChange(() => {
        this.changed((slot) => this.ownerOf(slot) === node)
      })
      this.#servers.set(node, history)
    }
    return history
  }

  /**
   * The name is that of the master's history, with the id of the node: so a script can tell a queue that has moved here, with all
   * that it has, from one whose master was replaced or started anew.
   */
  nameOf(key: string): HistoryName {
    const node = this.ownerOf(slotOfKey(key))
    const told = node && this.#servers.get(node)?.nameOf()
    if (told === undefined || told.name === '' || node?.id === undefined) return { name: '', before: '' }
    return { name: `${told.name}@${node.id}`, before: told.before }
  }

  changesOf(key: string): number {
    return this.#changes?.[slotOfKey(key)] ?? 0
  }

  /** Slots have another history. */
  changed(isConcerned: (slot: number) => boolean): void {
    this.#changes ??= new Uint32Array(SLOTS)
    let hasChanged = false
    for (const [slot, changes] of this.#changes.entries()) {
      if (!isConcerned(slot)) continue
      this.#changes[slot] = changes + 1
      hasChanged = true
    }
    if (hasChanged) this.#listeners.tell((key) => isConcerned(slotOfKey(key)))
  }

  onChange(listener: (concerns: Concerns | null) => void): () => void {
    return this.#listeners.add(listener)
  }
}
