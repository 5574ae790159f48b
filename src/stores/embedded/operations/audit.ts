import type { AuditEntry } from '../../operations-store.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'

/** The last acts, the latest first. */
export async function audit(session: EmbeddedSession, limit: number): Promise<readonly AuditEntry[]> {
  const { store, namespace } = session
  const { metrics } = store
  const rows = await metrics.read(() =>
    metrics.sql('SELECT entry FROM act WHERE namespace = ? ORDER BY seq DESC LIMIT 0 + ?').all(namespace, limit),
  )
  return (rows as { entry: string }[]).map(({ entry }) => JSON.parse(entry) as AuditEntry)
}
