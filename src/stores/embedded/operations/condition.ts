import { statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoreCondition } from '../../operations-store.js'
import { fileFindings } from '../database/file-findings.js'
import { QUEUE_FILE } from '../database/open-databases.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'

/** What SQLite it is, and whether its files are well placed and have room. */
export async function condition({ store }: EmbeddedSession): Promise<StoreCondition> {
  const { version } = store.queue.sql('SELECT sqlite_version() AS version').get() as { version: string }
  const servers = [`SQLite ${version}`]
  const { directory } = store
  if (directory === null) return { servers, findings: [] }
  const { type, bavail, bsize } = await statfs(directory)
  const log = statSync(join(directory, `${QUEUE_FILE}-wal`), { throwIfNoEntry: false })?.size ?? 0
  return { servers, findings: fileFindings(directory, { kind: type, free: bavail * bsize, log }) }
}
