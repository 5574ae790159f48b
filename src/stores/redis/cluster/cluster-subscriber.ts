import type { Redis } from 'ioredis'
import { BrokerUnreachableError, ClosedError } from '../../../errors.js'
import { Backoff } from '../../../util/backoff.js'
import type { Subscription } from '../../../util/subscription.js'
import { errorMessage } from '../../../util/thrown.js'
import { pause } from '../../../util/timers.js'
import { isolated } from '../../isolated.js'
import type { ChannelKind } from '../connection/channel-kinds.js'
import { CHANNEL_KINDS } from '../connection/channel-kinds.js'
import type { RedisLocation } from '../connection/redis-location.js'
import type { Listener, Subscriber } from '../connection/subscriber.js'
import { ClusterConnection } from './cluster-connection.js'
import type { ClusterNode } from './cluster-node.js'
import { slotOfKey } from './key-slot.js'
import type { Topology } from './topology.js'

/** About the first and the longest pause before a subscription that was refused is tried again, ms. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5_000
/** Most times that other nodes are asked which slot has left a node. */
const MOST_LOOKS = 20
/** Silence after which a connection is pinged, ms: only a ping shows that a node is frozen. */
const PING_WHEN_IDLE = 2_000

interface Channel {
  readonly name: string
  readonly slot: number
  readonly listeners: Set<Listener>
  readonly onReconnect: Set<() => void>
  /** The client that has subscribed to it; null: none has at this moment. */
  at: Redis | null
}

/**
 * Subscribes to channels of a cluster, at the master that has the slot of each: a sharded channel is heard there only. When the
 * slot goes to another node, or the connection is lost, it subscribes at the present master, and reports that, since messages
 * in between are lost. Plain channels, which all nodes hear, are treated alike.
 */
export class ClusterSubscriber implements Subscriber {
  readonly #channels = new Map<string, Channel>()
  readonly #onReconnect = new Set<() => void>()
  readonly #mending = new Set<number>()
  /** How many times each of the nodes that are asked about has said that a slot has left it. */
  readonly #asking = new Map<ClusterNode, number>()
  readonly #connection: ClusterConnection
  readonly #closing = new AbortController()
  readonly #kind: (typeof CHANNEL_KINDS)[ChannelKind]
  readonly #forget: () => void

  constructor(
    private readonly topology: Topology,
    location: RedisLocation,
    kind: ChannelKind,
  ) {
    this.#kind = CHANNEL_KINDS[kind]
    this.#connection = new ClusterConnection(topology, location, {
      name: 'pulsar-queue-subscriber',
      pingWhenIdle: PING_WHEN_IDLE,
      onOpen: ({ redis }, node) => {
        this.#follow(redis, node)
      },
    })
    this.#forget = topology.onChange(() => {
      this.#leaveMoved()
    })
  }

  async subscribe(name: string, listener: Listener, onReconnect?: () => void): Promise<Subscription> {
    // New functions for each subscription, since the same ones may come twice.
    const receive: Listener = (message) => {
      listener(message)
    }
    const report = (): void => onReconnect?.()
    const channel = this.#channels.get(name) ?? this.#channelOf(name)
    this.#channels.set(name, channel)
    channel.listeners.add(receive)
    const close = async (): Promise<void> => {
      channel.onReconnect.delete(report)
      if (!channel.listeners.delete(receive) || channel.listeners.size > 0) return
      if (this.#channels.get(name) === channel) this.#channels.delete(name)
      await this.#unsubscribe(channel)
    }
    try {
      await this.#subscribe([channel])
    } catch (error) {
      await close()
      throw error
    }
    channel.onReconnect.add(report)
    return { close, [Symbol.asyncDispose]: close }
  }

  async connect(): Promise<void> {
    await this.#connection.locate()
  }

  onReconnect(call: () => void): () => void {
    this.#onReconnect.add(call)
    return () => this.#onReconnect.delete(call)
  }

  async close(): Promise<void> {
    this.#forget()
    this.#channels.clear()
    this.#closing.abort()
    await this.#connection.close()
  }

  #channelOf(name: string): Channel {
    return { name, slot: slotOfKey(name), listeners: new Set(), onReconnect: new Set(), at: null }
  }

  #follow(redis: Redis, node: ClusterNode): void {
    redis.on(this.#kind.message, (name: Buffer, message: Buffer) => {
      for (const listener of [...(this.#channels.get(name.toString())?.listeners ?? [])]) {
        isolated(() => {
          listener(message)
        })
      }
    })
    redis.on('close', () => {
      this.#lose((channel) => channel.at === redis)
    })
    redis.on('moved', () => {
      const said = this.#asking.get(node)
      this.#asking.set(node, (said ?? 0) + 1)
      if (said === undefined) void this.#findMoved(redis, node)
    })
  }

  /**
   * A node says that a slot has left it, but not which one. The others are asked until they know: if it became a replica, it
   * would take the subscription again, and scripts of the master would not count it. Meanwhile it gets the subscriptions again, since it
   * says so, too, where it is told once more which slots it has; and once more after each time that it says so, since a slot may come
   * back, and leave it again, while the others are asked.
   */
  async #findMoved(redis: Redis, node: ClusterNode): Promise<void> {
    // So that all that it says at once counts once.
    await Promise.resolve()
    let losses = this.topology.lossesOf(node)
    let seen: number | undefined
    let again: Promise<boolean> | null = null
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      const said = this.#asking.get(node)
      await this.topology.refresh(node).catch(() => undefined)
      const isFound = this.topology.lossesOf(node) > losses
      if (this.#closing.signal.aborted || (isFound && said === this.#asking.get(node))) {
        this.#asking.delete(node)
        return
      }
      if (isFound) losses = this.topology.lossesOf(node)
      if (seen !== this.#asking.get(node)) {
        seen = this.#asking.get(node)
        again = this.#subscribeAgain(redis)
      }
      await pause(FIRST_PAUSE, this.#closing.signal)
    }
    const areTaken = (await again) === true && seen === this.#asking.get(node)
    this.#asking.delete(node)
    if (!areTaken) this.#lose((channel) => channel.at === redis)
  }

  /** Subscribes anew to all channels of a client at its node. @returns whether the node takes all of them */
  async #subscribeAgain(redis: Redis): Promise<boolean> {
    const bySlot = new Map<number, Channel[]>()
    for (const channel of this.#channels.values()) {
      if (channel.at === redis) bySlot.set(channel.slot, [...(bySlot.get(channel.slot) ?? []), channel])
    }
    const taken = await Promise.all([...bySlot.values()].map(async (channels) => await this.#take(redis, channels)))
    return taken.every(Boolean)
  }

  async #take(redis: Redis, channels: readonly Channel[]): Promise<boolean> {
    try {
      await redis[this.#kind.subscribe](...channels.map(({ name }) => name))
    } catch {
      return false
    }
    this.#report(channels.filter(({ at }) => at === redis))
    return true
  }

  /** Messages to these channels may have been missed. */
  #report(channels: readonly Channel[]): void {
    for (const report of channels.flatMap(({ onReconnect }) => [...onReconnect])) isolated(report)
    for (const report of [...this.#onReconnect]) isolated(report)
  }

  /** Channels whose slots have another owner. */
  #leaveMoved(): void {
    const moved = [...this.#channels.values()].filter(
      ({ name, at }) => at !== null && this.#connection.readyAt(name) !== at,
    )
    for (const channel of moved) void this.#unsubscribe(channel)
    this.#lose((channel) => moved.includes(channel))
  }

  #lose(isLost: (channel: Channel) => boolean): void {
    const lost = [...this.#channels.values()].filter(isLost)
    for (const channel of lost) channel.at = null
    for (const slot of new Set(lost.map((channel) => channel.slot))) void this.#mend(slot)
  }

  /** Subscribes anew to the lost channels of a slot, until that works. */
  async #mend(slot: number): Promise<void> {
    if (this.#mending.has(slot)) return
    this.#mending.add(slot)
    const backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE)
    for (let lost = this.#lostIn(slot); lost.length > 0; lost = this.#lostIn(slot)) {
      try {
        await this.#subscribe(lost)
        this.#report(lost)
      } catch (error) {
        if (error instanceof ClosedError) break
        if (backoff.failures === 0 && !isAway(error)) {
          process.emitWarning(`subscriptions to Redis are refused, will try again: ${errorMessage(error)}`)
        }
        await pause(backoff.failed(), this.#closing.signal)
      }
    }
    this.#mending.delete(slot)
  }

  #lostIn(slot: number): Channel[] {
    return [...this.#channels.values()].filter((channel) => channel.slot === slot && channel.at === null)
  }

  /** @param channels - of one slot */
  async #subscribe(channels: readonly Channel[]): Promise<void> {
    const names = channels.map(({ name }) => name)
    await this.#connection.attempt(names[0] ?? '', async (redis) => {
      await redis[this.#kind.subscribe](...names)
      for (const channel of channels) channel.at = redis
    })
  }

  async #unsubscribe({ name, at }: Channel): Promise<void> {
    if (at?.status === 'ready') await at[this.#kind.unsubscribe](name).catch(() => undefined)
  }
}

/** Whether no node could be asked: whoever calls tells that. A refusal may concern subscriptions alone. */
function isAway(error: unknown): boolean {
  if (!(error instanceof BrokerUnreachableError) || error.waited === 0) return false
  return !(error.cause instanceof Error && error.cause.name === 'ReplyError')
}
