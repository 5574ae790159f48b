import type { Subscription } from '../../../util/subscription.js'
import type { InboxNotice } from '../../broker.js'
import { bytesOfBuffer, textOf } from '../layout/bytes.js'
import { PackedReader } from '../layout/packed.js'
import { RecordReader } from '../layout/record-reader.js'
import type { RedisSession } from './redis-session.js'

export async function openInbox(
  { inboxes }: RedisSession,
  inbox: string,
  listener: (notice: InboxNotice) => void,
): Promise<Subscription> {
  return await inboxes.open(
    inbox,
    (message) => {
      listener(readEnds(message))
    },
    () => {
      listener({ kind: 'reconnected' })
    },
  )
}

/** Reads a message of `notices.lua`. */
function readEnds(message: Buffer): InboxNotice {
  const reader = new PackedReader(bytesOfBuffer(message))
  const queue = textOf(reader.readBytes())
  reader.readBytes()
  const tasks = []
  const records = new RecordReader(queue)
  for (let left = reader.readCount(); left > 0; left -= 2) {
    const [field, record] = [reader.readBytes(), reader.readBytes()]
    if (records.noteBegin(field, record)) continue
    const id = textOf(field)
    tasks.push({ id, record: record === '' ? null : records.read(id, record) })
  }
  return { kind: 'done', tasks }
}
