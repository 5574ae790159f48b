import { BrokerFullError, HistoryChangedError, InvalidOptionError, InvalidSettingError } from '../../../errors.js'
import { FORGET_AFTER, LARGE_PAYLOAD } from '../../policy.js'
import type { DurabilityName } from '../../../model/durability.js'
import { checkDurability } from '../connection/check-durability.js'
import { checkServer } from '../connection/check-server.js'
import { confirmWrites } from '../connection/confirm-writes.js'
import type { Confirm, Connection } from '../connection/connection.js'
import { EventListeners } from '../connection/event-listeners.js'
import { Inboxes } from '../connection/inboxes.js'
import { LeaseHistories } from '../connection/lease-histories.js'
import { NewQueues } from '../connection/new-queues.js'
import { QueueTurns } from '../connection/queue-turns.js'
import { QueueRegistry } from '../connection/queue-registry.js'
import { needsOf } from '../connection/redis-durability.js'
import type { RedisLocation } from '../connection/redis-location.js'
import type { Subscriber } from '../connection/subscriber.js'
import type { Concerns, Histories, HistoryName } from '../connection/histories.js'
import type { Bytes } from '../layout/bytes.js'
import { bytesOf, NONE } from '../layout/bytes.js'
import type { TaggedKeys } from '../layout/keys.js'
import { keysOf, LAYOUT, NamespaceKeys, spaceKeys } from '../layout/keys.js'
import { slotNames } from '../layout/result-slots.js'
import type { Links } from '../links.js'
import { linksTo } from '../links.js'
import type { ScriptArguments, ScriptCall, ScriptInput, ScriptName } from '../scripts/script.js'
import { Script } from '../scripts/script.js'

/** Command by which scripts publish: the channels of a queue lie in its slot. */
const PUBLISH = bytesOf('SPUBLISH')
/** What all calls on what belongs to no queue have in common. */
const NOTHING_COMMON: ScriptArguments = {}
/** Number of the partition: no queue has several yet. */
const PARTITION = bytesOf('0')

/**
 * Connections and keys that the verbs of one broker share. One connection sends calls. Another one receives notices; it is
 * opened with the first subscription. A third one sends large payloads; it is opened with the first. A fourth one hears of new
 * queues; it is opened with the first listener to task events. In a cluster each of them is one to each master that it needs. A
 * call that was cut off is sent again, under the same number or id.
 */
export class RedisSession {
  readonly connection: Connection
  /** Tells of a change of master, or of a restart of a server. */
  readonly histories: Histories
  readonly leases: LeaseHistories
  /** For calls that take long to send: all others need not wait behind them. */
  readonly freight: Connection
  /** For the channels of queues. */
  readonly subscriber: Subscriber
  /** For the channel of the namespace. */
  readonly announcer: Subscriber
  readonly registry: QueueRegistry
  readonly events: EventListeners
  readonly inboxes: Inboxes
  readonly turns = new QueueTurns()
  readonly space: NamespaceKeys
  /** Keys of what belongs to no queue. */
  readonly #apart: TaggedKeys
  readonly #links: Links
  #durable: Connection | null = null
  readonly #durableCalls = new Map<DurabilityName, DurableCalls | null>()
  readonly #checks = new Map<DurabilityName, Promise<void>>()
  readonly #checked = new Set<DurabilityName>()
  readonly #queues = new Map<string, QueueSpace>()
  readonly #registering = new Map<string, Promise<void>>()
  /** A value of its own for each registration. */
  readonly #registered = new Map<string, object>()
  /** Slots of records that are in use, by queue, as the server said last. */
  readonly #slots = new Map<string, Bytes>()

  constructor(readonly location: RedisLocation) {
    const links = linksTo(location)
    const connection = links.connection('pulsar-queue')
    const subscriber = links.subscriber('sharded')
    const space = new NamespaceKeys(location.namespace)
    const keysOf = (queue: string): TaggedKeys => this.keysOf(queue)
    this.connection = connection
    this.histories = links.histories
    this.leases = new LeaseHistories(links.histories)
    this.#links = links
    this.freight = links.connection('pulsar-queue-freight')
    this.subscriber = subscriber
    this.announcer = links.subscriber('plain')
    this.space = space
    this.#apart = spaceKeys(location.namespace)
    const newQueues = new NewQueues(connection, subscriber, space, keysOf)
    const announce = async (queue: string): Promise<void> => {
      await newQueues.announce(queue)
    }
    this.registry = new QueueRegistry(connection, space, keysOf, location.address, announce)
    this.events = new EventListeners({ connection, subscriber, space, registry: this.registry, keysOf }, this.announcer)
    this.inboxes = new Inboxes(subscriber, (queue) => keysOf(queue).channels)
  }

  /** A call of a verb's script on a queue. */
  call(name: ScriptName, queue: string, input: ScriptInput = {}): ScriptCall {
    const { keys, common } = this.#spaceOf(queue)
    return Script.named(name).call(keys, common, input)
  }

  /**
   * Runs a verb's script on a queue.
   *
   * @param again - the call of each further attempt, where it differs
   * @param connection - another one than that of most calls
   * @param confirm - as of {@link Connection.run}
   */
  run(
    name: ScriptName,
    queue: string,
    input: ScriptInput = {},
    again?: () => ScriptCall,
    connection = this.connection,
    confirm?: Confirm,
  ): Promise<unknown> {
    const registered = this.#registered.get(queue)
    const send = (): Promise<unknown> => connection.run(this.call(name, queue, input), again, confirm)
    return send().catch(async (error: unknown) => {
      if (!(error instanceof Error && error.message.startsWith('UNKNOWN'))) throw error
      // The server has lost its data, by a restart or a FLUSHALL. Another call may have registered the queue again meanwhile.
      if (this.#registered.get(queue) === registered) this.#registered.delete(queue)
      await this.register(queue)
      return await send()
    })
  }

  /** Runs a verb of one command when it is its turn. */
  async runInTurn(name: ScriptName, queue: string, input?: ScriptInput): Promise<unknown> {
    return await this.turns.take(queue, 'plain', () => this.run(name, queue, input))
  }

  /** Runs a verb that looks for records when it is its turn. */
  async runOverSlotsInTurn(
    name: ScriptName,
    queue: string,
    input: (slots: SlotInput) => ScriptInput,
  ): Promise<unknown> {
    return await this.turns.take(queue, 'slots', () => this.runOverSlots(name, queue, input))
  }

  /** Makes sure that the server that has a queue is known, and which history it has. */
  async meet(queue: string): Promise<void> {
    await this.connection.meet(this.keysOf(queue).channels)
  }

  /** The history of writes that a queue has now, as far as that is known. */
  historyOf(queue: string): QueueHistory {
    const { channels } = this.keysOf(queue)
    return { ...this.histories.nameOf(channels), changes: this.histories.changesOf(channels) }
  }

  /** The queues that were used here, and whose keys are meant. */
  knownQueues(isMeant: Concerns): readonly string[] {
    return [...this.#queues].filter(([, { keys }]) => isMeant(keys.channels)).map(([queue]) => queue)
  }

  /** Runs a verb's script on what belongs to no queue. */
  async runApart(
    name: ScriptName,
    args: Readonly<Record<string, string | number>>,
    list: readonly string[] = [],
  ): Promise<unknown> {
    const named = Object.entries(args).map(
      ([key, value]) => [key, typeof value === 'string' ? bytesOf(value) : value] as const,
    )
    const input = { args: Object.fromEntries(named), list: list.map(bytesOf) }
    return await this.connection.run(Script.named(name).call(this.#apart, NOTHING_COMMON, input))
  }

  /** Lets no call be sent in another history than that in which the worker got its lease: it throws {@link HistoryChangedError}. */
  checkLease(queue: string, worker: string): () => void {
    return () => {
      if (this.leases.isOver(worker)) throw new HistoryChangedError(queue, worker)
    }
  }

  /**
   * Runs a script that looks for records: again, if the server says that they lie in other slots than we know of.
   *
   * @param input - is called for each copy of the call: the server's time, and so the slot of a record, may be another by then
   * @param connection - another one than that of most calls
   * @param confirm - as of {@link Connection.run}
   */
  async runOverSlots(
    name: ScriptName,
    queue: string,
    input: (slots: SlotInput) => ScriptInput,
    connection = this.connection,
    confirm?: Confirm,
  ): Promise<unknown> {
    const inputNow = (): ScriptInput => input(this.slotInput(queue))
    const number = this.turns.nextNumber()
    for (;;) {
      try {
        const again = (): ScriptCall => this.call(name, queue, inputNow())
        return await this.run(name, queue, inputNow(), again, connection, confirm)
      } catch (error) {
        if (!this.noteSlots(queue, error)) throw error
      }
      await this.turns.again(queue, number)
    }
  }

  /** Takes in what the server says of the slots in use. @returns whether the error says that */
  noteSlots(queue: string, error: unknown): boolean {
    if (!(error instanceof Error && error.message.startsWith('SLOTS'))) return false
    this.#slots.set(queue, bytesOf(error.message.slice(6)))
    return true
  }

  /** Keys and argument of the slots in use. */
  slotInput(queue: string): SlotInput {
    const slots = this.#slots.get(queue) ?? NONE
    const keys = this.keysOf(queue)
    return { slots, keys: slotNames(slots).map((name) => keys.slot(name)) }
  }

  /** The connection for a call with these payloads. The size of each counts: many small ones keep their order among the others. */
  connectionFor(payloads: readonly { readonly length: number }[]): Connection {
    return this.connectionOf(payloads.some(({ length }) => length >= LARGE_PAYLOAD))
  }

  /** @param isFreight - whether one of the call's payloads is large */
  connectionOf(isFreight: boolean): Connection {
    return isFreight ? this.freight : this.connection
  }

  /** How tasks are queued with a durability; null: as all calls are. */
  durably(durability: DurabilityName = this.location.durability): DurableCalls | null {
    let calls = this.#durableCalls.get(durability)
    if (calls === undefined) {
      calls = this.#durableCallsWith(durability)
      this.#durableCalls.set(durability, calls)
    }
    return calls
  }

  #durableCallsWith(durability: DurabilityName): DurableCalls | null {
    const needs = needsOf(durability)
    if (!needs) return null
    const { timeout, address } = this.location
    this.#durable ??= this.#links.connection('pulsar-queue-durable')
    return {
      connection: this.#durable,
      confirm: async (redis) => {
        await confirmWrites(redis, needs, timeout, address)
      },
    }
  }

  /** Connects, and checks the servers. */
  async connect(): Promise<void> {
    const mode = this.location.kind === 'cluster' ? 'cluster' : 'standalone'
    await this.connection.everywhere(async (redis, address) => {
      await checkServer(redis, address, mode)
    })
    await this.checkDurability()
  }

  /**
   * Checks once that the servers can give a durability.
   *
   * @throws {@link InvalidSettingError}; where a call asks, {@link InvalidOptionError}; what reaching the servers throws
   */
  async checkDurability(ofCall?: DurabilityName): Promise<void> {
    const durability = ofCall ?? this.location.durability
    const refused = (expected: string, hint: string): Error =>
      ofCall === undefined
        ? new InvalidSettingError('durability', expected, `'${durability}'`, 'settings', hint)
        : new InvalidOptionError('durability', expected, `'${durability}'`, hint)
    const check = async (): Promise<void> => {
      await this.connection.everywhere(async (redis, address) => {
        await checkDurability(redis, address, durability, refused)
      })
    }
    const checking = this.#checks.get(durability) ?? check()
    this.#checks.set(durability, checking)
    try {
      await checking
      this.#checked.add(durability)
    } catch (error) {
      this.#checks.delete(durability)
      throw error
    }
  }

  /** Whether the servers are known to give a durability. */
  isChecked(durability: DurabilityName = this.location.durability): boolean {
    return this.#checked.has(durability)
  }

  keysOf(queue: string): TaggedKeys {
    return this.#spaceOf(queue).keys
  }

  #spaceOf(queue: string): QueueSpace {
    let space = this.#queues.get(queue)
    if (!space) {
      const keys = keysOf(this.location.namespace, queue)
      const common = {
        layout: bytesOf(LAYOUT),
        channels: bytesOf(keys.channels),
        publish: PUBLISH,
        queue: bytesOf(queue),
        partition: PARTITION,
      }
      space = { keys, common }
      this.#queues.set(queue, space)
    }
    return space
  }

  /** Time of a queue's server, ms since the epoch, as far as it is known. */
  async now(queue: string): Promise<number> {
    const time = this.timeOf(queue)
    return Number.isFinite(time) ? time : await this.connection.askTimeAt(this.keysOf(queue).channels)
  }

  /** The same; NaN where it is not known yet. @param connection - another one than that of most calls */
  timeOf(queue: string, connection = this.connection): number {
    return connection.timeAt(this.keysOf(queue).channels)
  }

  /**
   * What a queue needs before tasks come to it: to be in the list of all queues, and that the inboxes of the tasks hear it.
   *
   * @returns null where it has all that, as nearly always
   */
  prepare(queue: string, tasks: readonly { readonly inbox: string | null }[]): Promise<unknown> | null {
    const missing: Promise<void>[] = []
    let last: string | null = null
    for (const { inbox } of tasks) {
      if (inbox === null || inbox === last) continue
      last = inbox
      const heard = this.inboxes.hear(queue, inbox)
      if (heard) missing.push(heard)
    }
    if (!this.#registered.has(queue)) missing.push(this.register(queue))
    return missing.length === 0 ? null : Promise.all(missing)
  }

  /** Adds a queue to the list of all queues, and the listeners to task events to the queue, once. */
  async register(queue: string): Promise<void> {
    if (this.#registered.has(queue)) return
    let registering = this.#registering.get(queue)
    if (!registering) {
      registering = this.#register(queue).finally(() => this.#registering.delete(queue))
      this.#registering.set(queue, registering)
    }
    await registering
  }

  async #register(queue: string): Promise<void> {
    await this.registry.register(queue)
    this.#registered.set(queue, { queue })
  }

  /**
   * Registers a queue unless the server's memory is full. A queue with tasks was registered by their producer.
   *
   * @returns null where it is registered: then no later call overtakes the one that follows
   */
  registerIfRoom(queue: string): Promise<void> | null {
    return this.#registered.has(queue) ? null : this.#registerIfRoom(queue)
  }

  async #registerIfRoom(queue: string): Promise<void> {
    try {
      await this.register(queue)
    } catch (error) {
      if (!(error instanceof BrokerFullError)) throw error
    }
  }

  /** Forgets a queue that is empty, has no worker, and was not used for long, unless it is used again. */
  async forget(queue: string): Promise<void> {
    const age = await this.registry.ageOf(queue)
    if (age === null || age < FORGET_AFTER) return
    if ((await this.run('queue/forget', queue)) !== 1) return
    this.#registered.delete(queue)
    await this.registry.unregister(queue)
  }

  async close(): Promise<void> {
    await this.events.close()
    await this.#links.close()
  }
}

/** Keys of a queue, and the arguments of all calls on it. */
interface QueueSpace {
  readonly keys: TaggedKeys
  readonly common: Readonly<Record<string, Bytes>>
}

/** Calls that wait until what they have written is durable. They have a connection of their own: all behind one wait, too. */
export interface DurableCalls {
  readonly connection: Connection
  readonly confirm: Confirm
}

/** The history of writes that a queue has at a moment. */
interface QueueHistory extends HistoryName {
  /** Number of changes so far: another number is another history. */
  readonly changes: number
}

/** Where records lie: what a script compares with its own view, and the keys. */
export interface SlotInput {
  readonly slots: Bytes
  readonly keys: readonly Bytes[]
}
