import type { Redis } from 'ioredis'
import { ClosedError } from '../../../errors.js'
import { Backoff } from '../../../util/backoff.js'
import { textOf } from '../layout/bytes.js'
import type { ScriptCall } from '../scripts/script.js'
import type { Confirm, Connection } from '../connection/connection.js'
import { Question } from '../connection/ask-reason.js'
import { asking } from '../connection/asking.js'
import { Delivery } from '../connection/delivery.js'
import { Turns } from '../connection/turns.js'
import { findWrongKey } from '../connection/find-wrong-key.js'
import { ping } from '../connection/ping.js'
import type { RedisConnection } from '../connection/redis-connection.js'
import { explained, isBusy, isTransient, isWrongType, keyOf, NotConnectedError } from '../connection/redis-errors.js'
import type { RedisLocation } from '../connection/redis-location.js'
import { pause, performance } from '../../../util/timers.js'
import type { ClusterNode } from './cluster-node.js'
import { slotOfKey } from './key-slot.js'
import type { NodeOptions } from './node-connections.js'
import { NodeConnections } from './node-connections.js'
import { readRedirection } from './redirection.js'
import type { Topology } from './topology.js'

/** About the first and the longest pause before a call is sent again, ms. */
const FIRST_PAUSE = 25
const LONGEST_PAUSE = 200
/** Time that a node has to take a connection before another one is asked who has the slot, ms. */
const PATIENCE = 100
/** The same where each node is visited, ms. */
const VISIT = 1_000

const NOT_SERVED = new Error('CLUSTERDOWN Hash slot not served')

/** What a call does at a node. */
type Act<T> = (connection: RedisConnection, isAsking: boolean, since: number) => Promise<T>

/**
 * Sends the calls of one role to the nodes of a cluster, each to the master that has the slot of its keys. A call that a node
 * redirects goes where the node says. One that a node refuses for now, or that was cut off, is sent again, and meanwhile
 * another node is asked who has the slot.
 */
export class ClusterConnection implements Connection {
  readonly #nodes: NodeConnections
  readonly #turns = new Turns()
  readonly #onReady: (() => void)[] = []
  readonly #question: Question
  #closed = false

  constructor(
    private readonly topology: Topology,
    private readonly location: RedisLocation,
    options: NodeOptions,
  ) {
    this.#question = new Question(location)
    this.#nodes = new NodeConnections(topology, {
      ...options,
      onOpen: (connection, node) => {
        options.onOpen?.(connection, node)
        connection.onReady(() => {
          for (const call of this.#onReady) call()
        })
      },
    })
  }

  async run(call: ScriptCall, again?: () => ScriptCall, confirm?: Confirm): Promise<unknown> {
    const delivery = new Delivery(call, this.#turns, again, (earlier, next) => this.#nodes.hasReplaced(next, earlier))
    const [key] = call.keys
    const slot = slotOfKey(key === undefined ? '' : textOf(key))
    try {
      return await this.#route(slot, async (connection, isAsking, since) => {
        const reply = await delivery.sendOn(connection, since, isAsking)
        if (confirm) await confirm(connection.redis)
        return reply
      })
    } catch (error) {
      delivery.over()
      // After this error the caller may send another call.
      if (!this.#closed) await delivery.outliveLast()
      throw error
    }
  }

  async attempt<T>(key: string, act: (redis: Redis, since: number) => Promise<T>): Promise<T> {
    return await this.#route(slotOfKey(key), ({ redis }, isAsking, since) =>
      act(isAsking ? asking(redis) : redis, since),
    )
  }

  /** Leaves out nodes that cannot be reached, if there are others: the slots of the others can be used. */
  async everywhere(act: (redis: Redis, address: string) => Promise<void>): Promise<void> {
    const since = performance.now()
    let reason: unknown = null
    for (;;) {
      await this.locate(since)
      let visited = 0
      for (const node of this.topology.masters) {
        const connection = this.#nodes.to(node)
        try {
          await connection.once(VISIT, async (redis) => {
            await act(redis, connection.address)
          })
          visited += 1
        } catch (error) {
          if (!isTransient(error)) throw explained(error, connection.address)
          reason = error
        }
      }
      if (visited > 0) return
      await this.#checkTime(since, reason)
      await pause(LONGEST_PAUSE)
    }
  }

  /** Resolves when it is known which nodes there are. @throws what {@link Connection.attempt} throws */
  async locate(since = performance.now()): Promise<void> {
    const isKnown = (): boolean => this.topology.masters.size > 0
    while (!isKnown()) {
      if (this.#closed) throw new ClosedError('Redis connection')
      await this.topology.refresh()
      if (isKnown()) return
      await this.#checkTime(since, this.topology.reason)
      await pause(LONGEST_PAUSE)
    }
  }

  async meet(key: string): Promise<void> {
    await this.#route(slotOfKey(key), async (connection) => {
      await connection.greet()
      await ping(connection.redis)
    })
  }

  timeAt(key: string): number {
    const owner = this.topology.ownerOf(slotOfKey(key))
    return (owner && this.#nodes.present(owner)?.timeAt()) ?? NaN
  }

  async askTimeAt(key: string): Promise<number> {
    return await this.#route(slotOfKey(key), async (connection) => {
      await connection.greet()
      return connection.timeAt()
    })
  }

  async publish(channel: string, message: Buffer): Promise<number> {
    return await this.#route(slotOfKey(channel), (connection) =>
      connection.carry(message.length, async () => await connection.redis.publish(channel, message)),
    )
  }

  async publishInSlot(channel: string, message: Buffer): Promise<number> {
    return await this.#route(slotOfKey(channel), (connection) =>
      connection.carry(message.length, async () => Number(await connection.redis.spublish(channel, message))),
    )
  }

  readyAt(key: string): Redis | null {
    const owner = this.topology.ownerOf(slotOfKey(key))
    return (owner && this.#nodes.present(owner)?.readyAt()) ?? null
  }

  onReady(call: () => void): void {
    this.#onReady.push(call)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#nodes.close()
  }

  /** Acts on the node that has a slot, until it is done, or the time is over. */
  async #route<T>(slot: number, act: Act<T>): Promise<T> {
    const since = performance.now()
    const backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE)
    let asked: ClusterNode | null = null
    let hasMoved = false
    for (;;) {
      if (this.#closed) throw new ClosedError('Redis connection')
      const node = asked ?? (await this.#ownerOf(slot, since))
      const isAsking = asked !== null
      asked = null
      const connection = this.#nodes.to(node)
      try {
        const answer = await connection.once(PATIENCE, async () => await act(connection, isAsking, since))
        if (!this.#nodes.isDoubtful(connection) || (await this.#isMaster(node, slot))) return answer
      } catch (error) {
        const redirection = readRedirection(error, node, this.topology.nodes)
        if (redirection?.kind === 'moved') this.topology.moved(slot, redirection.node)
        if (redirection?.kind === 'ask') asked = redirection.node
        if (redirection && !hasMoved) {
          hasMoved = true
          continue
        }
        if (!redirection) await this.#checkFailure(error, connection, node)
        await this.#checkTime(since, error)
        await pause(backoff.failed())
      }
    }
  }

  /**
   * Asks another node whether one that was silent is still the master of a slot. A master that was frozen does not know at first
   * that it was replaced: it executes the calls that have come meanwhile, and answers them, and all that is lost.
   */
  async #isMaster(node: ClusterNode, slot: number): Promise<boolean> {
    await this.topology.refresh(node).catch(() => undefined)
    const owner = this.topology.ownerOf(slot)
    return owner === undefined || owner === node || !this.topology.hasReplaced(owner, node)
  }

  /** Asks another node who has the slots, where the failure may come of that. @throws what another attempt would not change */
  async #checkFailure(error: unknown, connection: RedisConnection, node: ClusterNode): Promise<void> {
    if (isWrongType(error)) throw await findWrongKey(connection.redis, connection.address, keyOf(error))
    const isLeft = error instanceof ClosedError && connection.isClosed && !this.#closed
    if (!isLeft && !isTransient(error)) throw explained(error, this.location.address)
    if (!isBusy(error)) await this.topology.refresh(node)
  }

  /** Asks for it where it is not known. */
  async #ownerOf(slot: number, since: number): Promise<ClusterNode> {
    for (;;) {
      const owner = this.topology.ownerOf(slot)
      if (owner) return owner
      await this.locate(since)
      if (this.topology.ownerOf(slot)) continue
      await this.#checkTime(since, NOT_SERVED)
      await pause(LONGEST_PAUSE)
      await this.topology.refresh()
    }
  }

  async #checkTime(since: number, error: unknown): Promise<void> {
    if (performance.now() - since < this.location.timeout) return
    const said = error instanceof NotConnectedError ? (error.cause ?? error) : error
    throw await this.#question.unreachable(said instanceof Error ? said : null)
  }
}
