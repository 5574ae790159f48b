import type { Redis } from 'ioredis'
import type { ScriptCall } from '../scripts/script.js'
import { sizeOf } from '../scripts/script.js'
import { performance } from '../../../util/timers.js'
import { ask } from './asking.js'
import type { Copy } from './delivery.js'
import type { Link } from './link.js'
import { pauseUntil } from './pause-until.js'
import { isForbiddenWrite, isUnknownScript, lateSince, refusesWrites } from './redis-errors.js'
import { ScriptCommand } from './script-command.js'
import type { ServerClock } from './server-clock.js'
import { SLOWEST } from './silence-watch.js'

/** Makes the copies of calls for one connection, and sends them. Created by the connection, which renews the link. */
export class CopySender {
  /** The present TCP connection. */
  link: Link
  #underWay = 0

  constructor(
    private readonly redis: Redis,
    private readonly clock: ServerClock,
    link: Link,
  ) {
    this.link = link
  }

  /** Bytes of calls that are not answered. */
  get underWay(): number {
    return this.#underWay
  }

  /** As of `Carrier`. */
  copyOf(call: ScriptCall, ttl: number, madeAt: number): Copy {
    const bytes = sizeOf(call)
    const deadline = Math.floor(this.clock.latest(madeAt) + ttl + (this.#underWay + bytes) / SLOWEST)
    return { link: this.link, madeAt, bytes, deadline, localDeadline: madeAt + this.clock.untilAfter(deadline, madeAt) }
  }

  /** As of `Carrier`. The copy is written before it returns: no promise is waited for that it could do without. */
  send(call: ScriptCall, copy: Copy, isAsking: boolean): Promise<unknown> {
    const answer = this.#send(call, copy, isAsking)
    return call.script.canOnlyRead ? this.#orWithoutWrites(answer, call, copy, isAsking) : answer
  }

  /** What only reads is answered by a server that refuses writes, too: one whose replicas are gone, or that cannot save. */
  async #orWithoutWrites(answer: Promise<unknown>, call: ScriptCall, copy: Copy, isAsking: boolean): Promise<unknown> {
    try {
      return await answer
    } catch (refusal) {
      if (!refusesWrites(refusal)) throw refusal
      try {
        return await this.#send({ ...call, script: call.script.withoutWrites }, copy, isAsking)
      } catch (error) {
        throw isForbiddenWrite(error) ? refusal : error
      }
    }
  }

  #send(call: ScriptCall, copy: Copy, isAsking: boolean): Promise<unknown> {
    const { scripts } = this.link
    const { script } = call
    const { bytes } = copy
    const isKnown = scripts.has(script)
    scripts.add(script)
    this.#underWay += bytes
    return this.#write(isKnown ? 'evalsha' : 'eval', call, copy, isAsking).then(
      (reply) => {
        this.#underWay -= bytes
        return reply
      },
      async (error: unknown) => {
        try {
          if (isKnown && isUnknownScript(error)) return await this.#write('eval', call, copy, isAsking)
          throw error
        } catch (last) {
          this.#noteTime(last, copy.madeAt)
          throw last
        } finally {
          this.#underWay -= bytes
        }
      },
    )
  }

  /** As of `Carrier`. */
  async carry<T>(bytes: number, send: () => Promise<T>): Promise<T> {
    this.#underWay += bytes
    try {
      return await send()
    } finally {
      this.#underWay -= bytes
    }
  }

  /** As of `Carrier`. @param until - local time after which nobody waits @returns false where that comes first */
  async outlive({ link, deadline }: Copy, until: number): Promise<boolean> {
    const present = this.link
    if (link !== present && (link.isElsewhere(present) || (await link.end()))) return true
    const left = until - performance.now()
    const wait = this.clock.untilAfter(deadline)
    await pauseUntil(performance.now() + Math.min(wait, Math.max(left, 0)))
    return wait <= left
  }

  /** As of `Carrier`. */
  async outliveApart({ link, localDeadline }: Copy): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      if (link === this.link) return
      void link.end().then((isOver) => {
        if (isOver) resolve()
      })
    })
    await Promise.race([ended, pauseUntil(localDeadline)])
  }

  /** @param how - `eval`: the call carries the script's text, as the first one of it on a connection does */
  #write(how: 'eval' | 'evalsha', call: ScriptCall, { deadline }: Copy, isAsking: boolean): Promise<unknown> {
    if (isAsking) ask(this.redis)
    return this.redis.sendCommand(new ScriptCommand(how, call, deadline)) as Promise<unknown>
  }

  /** A server that has refused a call as late has told its time. */
  #noteTime(error: unknown, sentAt: number): void {
    const stamp = lateSince(error)
    if (stamp !== null) this.clock.stamped(stamp, sentAt, performance.now())
  }
}
