/**
 * metrics.db, a file of its own, which is made with the first look at it: looking at the queues never waits for their writers. Times are
 * ms since the epoch; `queue` is the key of a queue in leases.db.
 *
 * - `act`: the log of acts. `entry` is JSON.
 * - `series`: intervals, one row a ring, job and interval; of the whole queue the job is ''. `counts`: see `run-counts.ts`. `sample` is
 *   JSON, NULL where there is none. Behind the rings there is one more number, of the samples for rates.
 * - `total`: what each job has done since the queue was first used.
 * - `recent`: tasks that have ended lately. `sampled`: others ended as well that are not listed.
 * - `observer`: the last observation of each worker, in case it is sent again.
 * - `watched`: queues whose series somebody looks at.
 * - `alert`: rules of alerts: when the last turn of each was taken, the name of that turn, and what it has left.
 */
export const METRICS_SCHEMA = `
CREATE TABLE IF NOT EXISTS act (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL, operation TEXT NOT NULL, at INTEGER NOT NULL,
  entry TEXT NOT NULL, UNIQUE (namespace, operation)
) STRICT;
CREATE INDEX IF NOT EXISTS act_at ON act (at);
CREATE TABLE IF NOT EXISTS series (
  queue TEXT NOT NULL, ring INTEGER NOT NULL, job TEXT NOT NULL, at INTEGER NOT NULL, counts TEXT NOT NULL, sample TEXT,
  PRIMARY KEY (queue, ring, job, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS series_at ON series (ring, at);
CREATE TABLE IF NOT EXISTS total (
  queue TEXT NOT NULL, job TEXT NOT NULL, counts TEXT NOT NULL, succeeded_at INTEGER, PRIMARY KEY (queue, job)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS recent (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, id TEXT NOT NULL, sampled INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS recent_queue ON recent (queue, seq);
CREATE TABLE IF NOT EXISTS observer (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS watched (queue TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS alert (
  namespace TEXT NOT NULL, rule TEXT NOT NULL, at INTEGER NOT NULL, turn TEXT NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (namespace, rule)
) STRICT, WITHOUT ROWID;
`
