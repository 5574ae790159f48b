import type { Redis } from 'ioredis'
import type { ScriptCall } from '../scripts/script.js'

/** Resolves once what was written on a connection is as durable as the caller needs it. */
export type Confirm = (redis: Redis) => Promise<void>

/**
 * Sends the calls of one role: on one connection, or on one to each server that has some of the keys. A call is sent again for
 * as long as the connection is to blame, until `connectTimeout` is over.
 */
export interface Connection {
  /**
   * Runs a script.
   *
   * @param again - the call of each further attempt, where it differs
   * @param confirm - is awaited after the reply, on the same TCP connection; if that is lost meanwhile, the call is sent again
   * @throws what {@link Connection.attempt} throws, and `confirm`
   */
  run(call: ScriptCall, again?: () => ScriptCall, confirm?: Confirm): Promise<unknown>

  /**
   * Acts on the server that has a key, and repeats that for as long as the connection is to blame.
   *
   * @param act - gets the local time of the first attempt. Its commands name keys of the same slot
   * @throws {@link BrokerUnreachableError} when the time is up; {@link ClosedError}; any other error of `act`
   */
  attempt<T>(key: string, act: (redis: Redis, since: number) => Promise<T>): Promise<T>

  /** Acts on each server in turn. @throws what {@link Connection.attempt} throws */
  everywhere(act: (redis: Redis, address: string) => Promise<void>): Promise<void>

  /** Makes sure that the server that has a key is known, and answers. @throws what {@link Connection.attempt} throws */
  meet(key: string): Promise<void>

  /** The present time of the server that has a key, as far as it is known, ms since the epoch; NaN: not at all yet. */
  timeAt(key: string): number

  /** The same, asked for where it is not known. */
  askTimeAt(key: string): Promise<number>

  /**
   * Publishes a message. It may come twice where the connection breaks.
   *
   * @returns the number of subscribers at the server that was asked
   * @throws what {@link Connection.attempt} throws
   */
  publish(channel: string, message: Buffer): Promise<number>

  /** The same on a sharded channel, which lies in the slot of its hash tag. */
  publishInSlot(channel: string, message: Buffer): Promise<number>

  /** The client of the server that has a key; null: it is not connected at this moment. */
  readyAt(key: string): Redis | null

  /** Calls back whenever a connection is up, also when it is so again. */
  onReady(call: () => void): void

  /** Safe to call twice. */
  close(): Promise<void>
}
