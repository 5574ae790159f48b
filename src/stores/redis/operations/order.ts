import { bufferOf, bytesOf, join } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import { packBytes } from '../layout/packed.js'
import type { RedisSession } from '../queue/redis-session.js'

/** Sends the message that `notices.lua` describes. Not by a script, which a server that refuses writes would refuse, too. */
export async function order(session: RedisSession, queue: string, worker: string, text: string): Promise<boolean> {
  const parts = ['order', queue, '0', text].map((each) => packBytes(bytesOf(each)))
  const channel = `${session.keysOf(queue).channels}w:${escaped(worker)}`
  return (await session.connection.publishInSlot(channel, bufferOf(join(parts)))) > 0
}
