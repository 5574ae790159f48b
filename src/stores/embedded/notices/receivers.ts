import { isolated } from '../../isolated.js'

/** The kinds of receivers: of a worker, an inbox, task events, a channel of pub/sub, offers of permits. */
export type ReceiverKind = 'worker' | 'inbox' | 'events' | 'channel' | 'permit'

/** A listener of this process to the messages for one kind and name. */
export interface Receiver {
  receive(message: unknown): void
  /** Messages may have been missed. */
  missed?: (() => void) | undefined
}

/** Messages for one kind and name. */
export interface Notice {
  readonly kind: ReceiverKind
  readonly name: string
  readonly messages: readonly unknown[]
}

/** The receivers of this process, by kind and name. Created by the notifier. */
export class Receivers {
  readonly #receivers = new Map<string, Set<Receiver>>()

  add(kind: ReceiverKind, name: string, receiver: Receiver): void {
    const key = keyOf(kind, name)
    this.#receivers.set(key, (this.#receivers.get(key) ?? new Set()).add(receiver))
  }

  /** @returns whether it was there */
  remove(kind: ReceiverKind, name: string, receiver: Receiver): boolean {
    const key = keyOf(kind, name)
    const receivers = this.#receivers.get(key)
    if (!receivers?.delete(receiver)) return false
    if (receivers.size === 0) this.#receivers.delete(key)
    return true
  }

  has(kind: ReceiverKind, name: string): boolean {
    return this.#receivers.has(keyOf(kind, name))
  }

  /** All kinds and names that are listened to. */
  names(): readonly (readonly [kind: string, name: string])[] {
    return [...this.#receivers.keys()].map((key) => {
      const at = key.indexOf(' ')
      return [key.slice(0, at), key.slice(at + 1)]
    })
  }

  /** Delivers the messages of a notice to their receivers. */
  deliver({ kind, name, messages }: Notice): void {
    for (const receiver of [...(this.#receivers.get(keyOf(kind, name)) ?? [])]) {
      for (const message of messages) {
        isolated(() => {
          receiver.receive(message)
        })
      }
    }
  }

  /** Tells all receivers that messages may have been missed. */
  missed(): void {
    for (const receivers of [...this.#receivers.values()]) {
      for (const receiver of [...receivers]) isolated(() => receiver.missed?.())
    }
  }
}

function keyOf(kind: ReceiverKind, name: string): string {
  return `${kind} ${name}`
}
