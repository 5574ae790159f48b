import type { Subscription } from '../../../util/subscription.js'
import type { InboxNotice } from '../../broker.js'
import { bytesOfBuffer, textOf } from '../layout/bytes.js'
import { LiveTaskReader } from '../layout/live-task.js'
import { PackedReader } from '../layout/packed.js'
import { recordOf } from '../layout/records.js'
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
  const values = new LiveTaskReader()
  for (let left = reader.readCount(); left > 0; left -= 2) {
    const [id, record] = [textOf(reader.readBytes()), reader.readBytes()]
    tasks.push({ id, record: record === '' ? null : recordOf(queue, id, record, values) })
  }
  return { kind: 'done', tasks }
}
