/**
 * metrics.db, a file of its own, which is made with the first act of an operator: looking at the queues never waits for their writers.
 *
 * - `act`: the log of acts. `entry` is JSON.
 */
export const METRICS_SCHEMA = `
CREATE TABLE act (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL, operation TEXT NOT NULL, at INTEGER NOT NULL,
  entry TEXT NOT NULL, UNIQUE (namespace, operation)
) STRICT;
CREATE INDEX act_at ON act (at);
`
