import { ALERT_TTL } from '../../policy.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'

interface AlertRow {
  readonly at: number
  readonly turn: string
  readonly state: string
}

/** Takes the turn of rules of alerts. What nobody evaluates any more is dropped. */
export async function takeAlerts(
  session: EmbeddedSession,
  rules: readonly string[],
  by: string,
  every: number,
): Promise<readonly (string | null)[]> {
  const { store, namespace } = session
  const take = (metrics: DatabaseConnection): readonly (string | null)[] => {
    const now = store.clock.now()
    metrics.sql('DELETE FROM alert WHERE at < ?').run(now - ALERT_TTL)
    const find = metrics.sql('SELECT at, turn, state FROM alert WHERE namespace = ? AND rule = ?')
    const put = metrics.sql('INSERT OR REPLACE INTO alert (namespace, rule, at, turn, state) VALUES (?, ?, ?, ?, ?)')
    return rules.map((rule) => {
      const row = find.get(namespace, rule) as AlertRow | undefined
      // A clock that was set back does not stop alerts.
      const isDue = row === undefined || row.turn === by || now - row.at >= every || row.at > now
      if (!isDue) return null
      put.run(namespace, rule, now, by, row?.state ?? '')
      return row?.state ?? ''
    })
  }
  return await session.readableMetrics((metrics) => metrics.write(() => take(metrics)))
}
