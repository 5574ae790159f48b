import { statfs } from 'node:fs/promises'
import type { EmbeddedSession } from '../queue/embedded-session.js'

/** Part of the disk that is in use. Null: the store is in memory. */
export async function memory({ store }: EmbeddedSession): Promise<number | null> {
  if (store.directory === null) return null
  const { blocks, bavail } = await statfs(store.directory)
  return blocks === 0 ? null : 1 - bavail / blocks
}
