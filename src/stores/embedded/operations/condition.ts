import { statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { isPulsarError } from '../../../errors.js'
import { errorMessage } from '../../../util/thrown.js'
import type { StoreCondition, StoreFinding } from '../../operations-store.js'
import { fileFindings } from '../database/file-findings.js'
import { QUEUE_FILE } from '../database/open-databases.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import type { Store } from '../store.js'

/** What SQLite it is, and whether its files are well placed and have room. */
export async function condition({ store }: EmbeddedSession): Promise<StoreCondition> {
  const { version } = store.queue.sql('SELECT sqlite_version() AS version').get() as { version: string }
  const servers = [`SQLite ${version}`]
  const { directory } = store
  if (directory === null) return { servers, findings: [] }
  const { type, bavail, bsize } = await statfs(directory)
  const log = statSync(join(directory, `${QUEUE_FILE}-wal`), { throwIfNoEntry: false })?.size ?? 0
  const findings = fileFindings(directory, { kind: type, free: bavail * bsize, log })
  return { servers, findings: [...findings, ...(await metricsFindings(store))] }
}

/** Whether the file of what operators see can be read. The queues do not need it. */
async function metricsFindings(store: Store): Promise<StoreFinding[]> {
  try {
    await store.metrics.read(() => store.metrics.sql('SELECT count(*) FROM total').get())
    return []
  } catch (error) {
    if (isPulsarError(error, 'PQ_CLOSED')) throw error
    const says = `metrics.db, which has the series, alerts and acts, cannot be read: ${errorMessage(error)}`
    const fix = 'stop the processes of the store and move metrics.db away: it is made anew, and no task is lost'
    return [{ name: 'metrics-file', state: 'fault', says, fix }]
  }
}
