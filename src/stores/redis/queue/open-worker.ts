import type { Subscription } from '../../../util/subscription.js'
import type { WorkerNotice } from '../../broker.js'
import { bytesOfBuffer, textOf } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import { PackedReader } from '../layout/packed.js'
import type { RedisSession } from './redis-session.js'
import { readBatch } from './settle.js'

export async function openWorker(
  session: RedisSession,
  queue: string,
  worker: string,
  listener: (notice: WorkerNotice) => void,
): Promise<Subscription> {
  return await session.subscriber.subscribe(
    `${session.keysOf(queue).channels}w:${escaped(worker)}`,
    (message) => {
      listener(readNotice(message))
    },
    () => {
      listener({ kind: 'reconnected' })
    },
  )
}

/** Reads a message of `notices.lua`. */
function readNotice(message: Buffer): WorkerNotice {
  const reader = new PackedReader(bytesOfBuffer(message))
  const [kind, queue] = [textOf(reader.readBytes()), textOf(reader.readBytes())]
  reader.readBytes()
  if (kind === 'revoked') return { kind, queue, id: textOf(reader.readBytes()) }
  if (kind === 'order') return { kind, queue, order: textOf(reader.readBytes()) }
  if (kind !== 'handed') return { kind: 'wake', queue }
  const [fence, at] = [reader.readBytes(), reader.readBytes()]
  const hasListeners = reader.readBytes() === '1'
  return { kind, queue, tasks: readBatch(reader, fence, at), hasListeners }
}
