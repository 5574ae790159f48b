import type { EmbeddedSession } from '../queue/embedded-session.js'

/** The other namespaces of the store. */
export async function namespaces({ store, namespace }: EmbeddedSession): Promise<readonly string[]> {
  const { queue: db } = store
  const rows = await db.read(() => db.sql('SELECT DISTINCT namespace FROM queue WHERE namespace <> ?').all(namespace))
  return (rows as { namespace: string }[]).map((row) => row.namespace)
}
