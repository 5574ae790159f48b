import type { Redis } from 'ioredis'

/** Options of a server that a {@link Past} can be given back to. */
export const CAN_FORGET = ['--enable-debug-command', 'yes']

/** All keys at one moment, three each: name, value, expiry (ms since the epoch). */
const DUMP_ALL = `
  local found = {}
  for _, key in ipairs(redis.call('KEYS', '*')) do
    found[#found + 1] = key
    found[#found + 1] = redis.call('DUMP', key)
    found[#found + 1] = redis.call('PEXPIRETIME', key)
  end
  return found`

/**
 * What a server held at a moment. Given back, the server is as a replica that has received nothing since, and that was made the
 * master: its data is old, its history has another name, and all connections are gone. All that happens at once.
 */
export class Past {
  private constructor(
    private readonly redis: Redis,
    private readonly keys: readonly { readonly key: Buffer; readonly value: Buffer; readonly expiry: number }[],
  ) {}

  static async of(redis: Redis): Promise<Past> {
    const found = (await redis.callBuffer('EVAL', DUMP_ALL, '0')) as (Buffer | number)[]
    const keys = Array.from({ length: found.length / 3 }, (_, i) => {
      const [key, value, expiry] = found.slice(3 * i) as [Buffer, Buffer, number]
      return { key, value, expiry: Math.max(0, expiry) }
    })
    return new Past(redis, keys)
  }

  /** The server goes back to it, and all clients but this one have to connect anew. */
  async giveBack(): Promise<void> {
    const step = this.redis.multi().flushall()
    for (const { key, value, expiry } of this.keys) step.restore(key, expiry, value, 'ABSTTL')
    step.debug('CHANGE-REPL-ID').call('CLIENT', 'KILL', 'TYPE', 'normal').call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    const replies = (await step.exec()) ?? []
    const failed = replies.find(([error]) => error !== null)?.[0]
    if (failed) throw failed
  }
}
