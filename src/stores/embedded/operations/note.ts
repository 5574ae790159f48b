import { ACT_TTL, MOST_ACTS } from '../../policy.js'
import type { AuditEntry } from '../../operations-store.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'

/** Adds an act to the log of acts. An entry of the same operation is replaced. */
export async function note(session: EmbeddedSession, entry: AuditEntry): Promise<void> {
  const { store, namespace } = session
  const { metrics } = store
  const at = store.clock.now()
  await metrics.write(() => {
    metrics
      .sql('INSERT OR REPLACE INTO act (namespace, operation, at, entry) VALUES (?, ?, ?, ?)')
      .run(namespace, entry.operation, at, JSON.stringify({ ...entry, at }))
    metrics.sql('DELETE FROM act WHERE at < ?').run(at - ACT_TTL)
    metrics
      .sql(
        `DELETE FROM act WHERE namespace = ?1 AND seq <=
         (SELECT seq FROM act WHERE namespace = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
      )
      .run(namespace, MOST_ACTS)
  })
}
