import { Redis } from 'ioredis'
import type { BrokerUnreachableError } from '../../../errors.js'
import { ClosedError } from '../../../errors.js'
import { Backoff } from '../../../util/backoff.js'
import { orLate } from '../../../util/or-late.js'
import type { ScriptCall } from '../scripts/script.js'
import { Question } from './ask-reason.js'
import { clientOptions } from './client-options.js'
import type { Confirm, Connection } from './connection.js'
import { CopySender } from './copy-sender.js'
import type { Carrier, Copy } from './delivery.js'
import { Delivery } from './delivery.js'
import { findWrongKey } from './find-wrong-key.js'
import { Link } from './link.js'
import {
  explained,
  isAftermath,
  isReplica,
  isTransient,
  isWrongType,
  keyOf,
  NotConnectedError,
  unusable,
} from './redis-errors.js'
import { OpeningWatch } from './opening-watch.js'
import type { RedisLocation } from './redis-location.js'
import { ServerClock } from './server-clock.js'
import { ServerHistory } from './server-history.js'
import { SilenceWatch } from './silence-watch.js'
import { clearInterval, clearTimeout, pause, performance, setInterval, setTimeout } from '../../../util/timers.js'
import { ping } from './ping.js'
import { Turns } from './turns.js'
import { reset } from './reset.js'

/** About the first and the longest pause between two attempts to connect, or to send a call again, ms. */
const FIRST_PAUSE = 50
const LONGEST_PAUSE = 1_000
/** The same longest pause where Sentinels lead to the master: a failover is over as soon as they name another one, ms. */
const LONGEST_SENTINEL_PAUSE = 400
/** About the first and the longest pause between two connections to a server that refuses us, or that became a replica, ms. */
const FIRST_REFUSED_PAUSE = 100
const LONGEST_REFUSED_PAUSE = 5_000
/** How often it is looked at whether a ping is needed, ms. */
const LOOK_EVERY = 1_000
/** Silence after which a connection that owes an answer is pinged, ms. */
const PING_WHEN_OWED = 2_000
/** The same where it owes none, ms. An idle worker sends something every ten seconds, which serves as well. */
const PING_WHEN_IDLE = 12_000
/** Time that `close` leaves for calls under way, ms. */
const PARTING = 1_000
/** Time that a connection has for its own end, ms. The timer keeps a thread or process alive, even where the connection is lost already. */
const FAREWELL = 100

/**
 * One connection to the server, opened on first use. A call that was cut off is sent again, unchanged, until it is answered
 * or its time is up. ioredis does not resend anything: it cannot know which calls may be sent twice.
 */
export class RedisConnection implements Connection, Carrier {
  readonly redis: Redis
  #closed = false
  /** Why calls wait, as far as it was said. */
  #reason: Error | null = null
  /** The server refuses our user, our password or the database. Until it is asked again, calls are refused for the same reason. */
  #refusal: Error | null = null
  /** Space the connections apart: after one that was lost or refused, or that led to a replica. Any number of calls may learn it. */
  readonly #lost: Backoff
  readonly #refused = new Backoff(FIRST_REFUSED_PAUSE, LONGEST_REFUSED_PAUSE)
  readonly #replica: Backoff
  #replicaSeenAt = -Infinity
  #change: Promise<Error | null> | null = null
  readonly #question: Question
  /** Ends the wait for a change. */
  #endWait: (() => void) | null = null
  readonly #clock: ServerClock
  readonly #turns = new Turns()
  readonly #sender: CopySender
  /** Whether a connection before this one was used for calls. */
  #wasGreeted = false
  /** Number of calls that are not answered. */
  #calls = 0
  readonly #watch: SilenceWatch
  #isPinged = false
  readonly #pings: NodeJS.Timeout
  readonly #opening: OpeningWatch
  /** Waits to connect anew where ioredis has given up. */
  #revival: NodeJS.Timeout | undefined
  /** Whether the connection is being made though nobody calls. */
  #isReviving = false
  readonly #revivals = new Backoff(FIRST_REFUSED_PAUSE, LONGEST_REFUSED_PAUSE)

  /**
   * @param location - of one server
   * @param name - name of the connection in the server's list of clients
   * @param pingWhenIdle - silence after which the connection is pinged while it owes no answer, ms
   */
  constructor(
    private readonly location: RedisLocation,
    name: string,
    pingWhenIdle = PING_WHEN_IDLE,
    /** Of the connections that lead to the same master. */
    readonly history = new ServerHistory(),
    clock = new ServerClock(),
  ) {
    const { sentinel } = location
    this.#clock = clock
    this.#question = new Question(location)
    this.#lost = new Backoff(FIRST_PAUSE, sentinel ? LONGEST_SENTINEL_PAUSE : LONGEST_PAUSE)
    this.#replica = new Backoff(FIRST_REFUSED_PAUSE, sentinel ? LONGEST_SENTINEL_PAUSE : LONGEST_REFUSED_PAUSE)
    this.redis = new Redis({
      connectTimeout: location.timeout,
      ...clientOptions(location),
      connectionName: name,
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      enableAutoPipelining: false,
      // It sends INFO, which may be forbidden. A server that is loading says so to the first call.
      enableReadyCheck: false,
      // Calls under way are rejected as soon as the connection breaks; with null they would never settle.
      maxRetriesPerRequest: 0,
      keepAlive: 5_000,
      disconnectTimeout: FAREWELL,
      retryStrategy: () => (this.#refusal ? null : this.#lost.failed()),
    })
    const link = new Link(this.redis, this.#clock, history, { isReconnection: false, hasSentinels: sentinel !== null })
    const sender = (this.#sender = new CopySender(this.redis, this.#clock, link))
    this.redis.on('connect', () => {
      this.#clock.reset()
      this.#wasGreeted ||= sender.link.isGreeted
      sender.link = new Link(this.redis, this.#clock, history, {
        isReconnection: this.#wasGreeted,
        hasSentinels: sentinel !== null,
      })
    })
    this.redis.on('end', () => {
      this.#revive()
    })
    this.redis.on('ready', () => {
      // Even where no call comes: the server may be another one, which has lost what this one had acknowledged.
      if (this.#wasGreeted) this.greet().catch(() => undefined)
    })
    this.#opening = new OpeningWatch(this.redis, this.#question, sentinel?.name ?? '', (error, isRefusal) => {
      this.#note(error)
      if (isRefusal && !this.#closed) this.#refuse(error)
    })
    const watch = (this.#watch = new SilenceWatch(this.redis, () => sender.underWay))
    // Without pings, a half-open connection that owes no answer would never be noticed.
    this.#pings = setInterval(() => {
      if (this.redis.status !== 'ready' || this.#isPinged) return
      // A connection that always has calls is never silent.
      const isTimeOld = sender.link.isGreeted && this.#clock.isOld
      if (!isTimeOld && watch.silentFor < (this.#calls > 0 ? PING_WHEN_OWED : pingWhenIdle)) return
      this.#isPinged = true
      const answer = sender.link.isGreeted ? sender.link.askTime() : ping(this.redis)
      void watch.over(answer).then((isAnswered) => {
        this.#isPinged = false
        if (isAnswered) this.#pinged()
      })
    }, LOOK_EVERY).unref()
  }

  get address(): string {
    return this.location.address
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Whether a call or a ping is not answered. */
  get owesAnswer(): boolean {
    return this.#calls > 0 || this.#isPinged
  }

  /** Local time at which the server was heard last, ms. */
  get heardAt(): number {
    return this.#watch.heardAt
  }

  run(call: ScriptCall, again?: () => ScriptCall, confirm?: Confirm): Promise<unknown> {
    const since = performance.now()
    const delivery = new Delivery(call, this.#turns, again)
    const isUp = this.redis.status === 'ready' && !this.#refusal && !this.#closed
    const sent = isUp && !confirm ? delivery.sendNow(this, since) : null
    if (sent === null) return this.#detour(delivery, since, confirm)
    this.#calls += 1
    return sent.then(
      (reply) => {
        this.#calls -= 1
        this.#answered()
        return reply
      },
      (error: unknown) => {
        this.#calls -= 1
        return this.#deliver(delivery, since, confirm, { error })
      },
    )
  }

  /** Its answer passes through as many promises as that of a call which was sent at once, and failed. */
  #detour(delivery: Delivery, since: number, confirm?: Confirm): Promise<unknown> {
    delivery.detour()
    return Promise.resolve().then(() => this.#deliver(delivery, since, confirm))
  }

  /** @param failed - the error of the first copy, where it was sent already */
  async #deliver(delivery: Delivery, since: number, confirm?: Confirm, failed?: { error: unknown }): Promise<unknown> {
    delivery.detour()
    const act = async (redis: Redis): Promise<unknown> => {
      const reply = await delivery.sendOn(this, since)
      if (confirm) await confirm(redis)
      return reply
    }
    try {
      return await this.#attempt(act, since, failed && { error: await delivery.failed(failed.error) })
    } catch (error) {
      delivery.over()
      // After this error the caller may send another call.
      if (!this.#closed) await delivery.outliveLast()
      throw error
    } finally {
      delivery.ended()
    }
  }

  async attempt<T>(_key: string, act: (redis: Redis, since: number) => Promise<T>): Promise<T> {
    return await this.#attempt(act, performance.now())
  }

  /**
   * @param since - local time of the first attempt
   * @param failed - the error of the first attempt, where it was made already
   */
  async #attempt<T>(
    act: (redis: Redis, since: number) => Promise<T>,
    since: number,
    failed?: { error: unknown },
  ): Promise<T> {
    const backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE)
    if (failed) await this.#passed(failed.error, since, backoff)
    for (;;) {
      if (this.#closed) throw new ClosedError('Redis connection')
      try {
        if (!(await this.#ready(since, this.location.timeout))) throw await this.#unreachable()
        const answer = await this.#awaited(act(this.redis, since))
        this.#answered()
        return answer
      } catch (error) {
        await this.#passed(error, since, backoff)
      }
    }
  }

  /** Resolves when another attempt may be made. @throws the error, or what explains it, where none is to be made */
  async #passed(error: unknown, since: number, backoff: Backoff): Promise<void> {
    if (isWrongType(error)) throw await findWrongKey(this.redis, this.location.address, keyOf(error))
    if (!isTransient(error)) throw explained(error, this.location.address)
    this.#note(error as Error)
    if (performance.now() - since >= this.location.timeout) throw await this.#unreachable()
    if (isReplica(error)) this.#leaveReplica()
    if (this.redis.status === 'ready') await pause(backoff.failed())
  }

  /**
   * Acts on the server, once.
   *
   * @param patience - longest wait for the connection, ms
   * @throws any error of `act`; {@link NotConnectedError}; {@link ClosedError}
   */
  async once<T>(patience: number, act: (redis: Redis) => Promise<T>): Promise<T> {
    if (!(await this.#ready(performance.now(), patience))) throw new NotConnectedError(this.#reason)
    if (this.#closed) throw new ClosedError('Redis connection')
    try {
      const answer = await this.#awaited(act(this.redis))
      this.#answered()
      return answer
    } catch (error) {
      if (isTransient(error)) this.#note(error as Error)
      throw error
    }
  }

  async everywhere(act: (redis: Redis, address: string) => Promise<void>): Promise<void> {
    await this.attempt('', async (redis) => {
      await act(redis, this.location.address)
    })
  }

  async meet(key: string): Promise<void> {
    await this.attempt(key, async (redis) => {
      await this.greet()
      await ping(redis)
    })
  }

  timeAt(): number {
    return this.#clock.latest()
  }

  async askTimeAt(key: string): Promise<number> {
    await this.attempt(key, async () => {
      await this.greet()
    })
    return this.#clock.latest()
  }

  async publish(channel: string, message: Buffer): Promise<number> {
    return await this.attempt(
      channel,
      async (redis) => await this.carry(message.length, async () => await redis.publish(channel, message)),
    )
  }

  async publishInSlot(channel: string, message: Buffer): Promise<number> {
    return await this.attempt(
      channel,
      async (redis) => await this.carry(message.length, async () => Number(await redis.spublish(channel, message))),
    )
  }

  async carry<T>(bytes: number, send: () => Promise<T>): Promise<T> {
    return await this.#sender.carry(bytes, send)
  }

  readyAt(): Redis | null {
    return this.redis.status === 'ready' ? this.redis : null
  }

  onReady(call: () => void): void {
    this.redis.on('ready', call)
  }

  get isGreeted(): boolean {
    return this.#sender.link.isGreeted
  }

  async greet(): Promise<void> {
    while (!this.isGreeted) await this.#sender.link.greet()
  }

  copyOf(call: ScriptCall, ttl: number, now: number): Copy {
    return this.#sender.copyOf(call, ttl, now)
  }

  send(call: ScriptCall, copy: Copy, isAsking = false): Promise<unknown> {
    return this.#sender.send(call, copy, isAsking)
  }

  async outlive(copy: Copy, since: number): Promise<void> {
    if (!(await this.#sender.outlive(copy, since + this.location.timeout))) throw await this.#unreachable()
  }

  async outliveApart(copy: Copy): Promise<void> {
    await this.#sender.outliveApart(copy)
  }

  /** Leaves the server at once: calls under way are cut off, and what was not sent yet is thrown away. */
  drop(): void {
    if (this.#closed) return
    this.#closed = true
    this.#opening.close()
    clearInterval(this.#pings)
    clearTimeout(this.#revival)
    const { stream } = this.redis as { readonly stream?: Redis['stream'] }
    // It comes first: a connection whose end was begun cannot be reset.
    if (stream) reset(stream)
    this.redis.disconnect()
    this.#endWait?.()
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#opening.close()
    clearInterval(this.#pings)
    clearTimeout(this.#revival)
    if (this.redis.status === 'ready') {
      await orLate(
        this.redis.quit().catch(() => undefined),
        PARTING,
      )
    }
    this.redis.disconnect()
    // ioredis says nothing where it was about to connect anew, and calls would wait until their time is up.
    this.#endWait?.()
  }

  /** Calls that wait are refused, and no attempt is made until the next one comes. */
  #refuse(error: Error): void {
    // Where nobody called, the next call need not wait: the server may accept it by now.
    if (!this.#refusal && !this.#isReviving) this.#refused.failed()
    this.#refusal = error
    // ioredis never ends what it is about to connect anew. After one more attempt it does.
    if (this.redis.status === 'reconnecting') this.#endWait?.()
    else this.redis.disconnect()
  }

  /**
   * Connects anew where ioredis has given up: the server has refused us, or the Sentinels have named another master while the
   * connection was made. A subscriber makes no call that would find it out.
   */
  #revive(): void {
    if (this.#closed || !this.#opening.wasReady) return
    clearTimeout(this.#revival)
    this.#revival = setTimeout(
      () => {
        if (!this.#closed && this.redis.status === 'end') this.#connect(true)
      },
      this.#refusal ? this.#revivals.failed() : this.#lost.failed(),
    )
  }

  /** Counts a call until it is answered. */
  async #awaited<T>(answer: Promise<T>): Promise<T> {
    this.#calls += 1
    try {
      return await answer
    } finally {
      this.#calls -= 1
    }
  }

  /** The server has carried out a call: the next failure is the first one again. */
  #answered(): void {
    this.#reason = null
    this.#pinged()
  }

  /** The server answers. What it has said of calls may still be so: a replica answers a ping, too. */
  #pinged(): void {
    if (this.#reason?.name !== 'ReplyError') this.#reason = null
    this.#lost.succeeded()
    this.#refused.succeeded()
    this.#revivals.succeeded()
  }

  /** Connects anew, since the address may lead to the new master by now: once for all calls, and with pauses that grow. */
  #leaveReplica(): void {
    if (this.#replica.left > 0) return
    // A replica answers whatever only reads, so an answer does not tell that it is a master again.
    if (performance.now() - this.#replicaSeenAt > 2 * LONGEST_REFUSED_PAUSE) this.#replica.succeeded()
    this.#replicaSeenAt = performance.now()
    this.#replica.failed()
    this.redis.disconnect(true)
  }

  /** @param isRevival - whether nobody calls */
  #connect(isRevival: boolean): void {
    this.#isReviving = isRevival
    this.#refusal = null
    this.redis.connect().catch(() => undefined)
  }

  /** Waits until the connection is up, or closed by us. @returns false when the time, ms, is over before that */
  async #ready(since: number, time: number): Promise<boolean> {
    while (!this.#closed && (this.redis.status !== 'ready' || this.#refusal)) {
      if (this.#refusal && this.#refused.left > 0) throw unusable(this.location.address, 0, this.#refusal)
      // ioredis gives up where the Sentinels name another master while the connection to this one is made.
      if (this.redis.status === 'wait' || this.redis.status === 'end') this.#connect(false)
      const left = time - (performance.now() - since)
      const change = await orLate(this.#changed(), Math.max(0, left))
      if (change === 'late') return false
      if (change) throw unusable(this.location.address, 0, change)
    }
    return true
  }

  /**
   * Resolves when the connection is up again, or has ended for good; with the server's refusal where that is the reason. All
   * callers share one promise.
   */
  #changed(): Promise<Error | null> {
    this.#change ??= new Promise((resolve) => {
      const done = (): void => {
        this.redis.off('ready', done)
        this.redis.off('end', done)
        this.#change = null
        this.#endWait = null
        resolve(this.#refusal)
      }
      this.#endWait = done
      this.redis.on('ready', done)
      this.redis.on('end', done)
    })
    return this.#change
  }

  /** What only says that the connection is over does not replace what was said before: that ended it. */
  #note(error: Error): void {
    if (!this.#reason || !isAftermath(error)) this.#reason = error
  }

  async #unreachable(): Promise<BrokerUnreachableError> {
    return await this.#question.unreachable(this.#reason)
  }
}
