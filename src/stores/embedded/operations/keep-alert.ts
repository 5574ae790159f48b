import type { EmbeddedSession } from '../queue/embedded-session.js'

/** Keeps the state of a rule of alerts, unless another turn has it by now. */
export async function keepAlert(session: EmbeddedSession, rule: string, by: string, state: string): Promise<boolean> {
  const { store, namespace } = session
  const { metrics } = store
  const keep = 'UPDATE alert SET state = ? WHERE namespace = ? AND rule = ? AND turn = ?'
  return await metrics.write(() => metrics.sql(keep).run(state, namespace, rule, by).changes > 0)
}
