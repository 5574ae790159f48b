/** Layout of the two databases. Another number is another layout, and is refused. */
export const LAYOUT = 3
/** Marks the two databases as ours. */
export const APPLICATION = 0x50515545

/** The state of a task, as its row has it. */
export const STATE = { ready: 0, delayed: 1, held: 2, done: 3 } as const

/**
 * queue.db. Times are ms since the epoch.
 *
 * - `queue`: `head` and `tail` are the positions that were given out last at either end; then come the counters.
 * - `task`: live and finished ones. `tags` is an array as JSON, '' where there are none. `position` orders the ready tasks of a queue; `fence` belongs to the last claim, `settled`
 *   is the last fence whose settlement was recorded; `suspect` is the time at which the process of the task died, 0 if none
 *   did; `inboxes` are the names of the inboxes that await its end, one a line.
 * - `lane`: the last call of each lane with its answer, in case it is sent again.
 * - `idle`: workers that found nothing and wait to be woken, since `since`; they look by themselves at `due`.
 * - `receiver`: the processes that hear what is addressed to a worker, an inbox or a channel.
 * - `notice`: messages that a process has not read yet. Few rows, so without an index.
 * - `tick`: the last tick of each periodic job, with the schedule that it belongs to and the id of the task that was queued for
 *   it, '' for none.
 * - `operation`: answers of calls that must not act twice.
 */
export const QUEUE_SCHEMA = `
CREATE TABLE queue (
  id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL, name TEXT NOT NULL, paused INTEGER NOT NULL DEFAULT 0,
  head INTEGER NOT NULL DEFAULT 0, tail INTEGER NOT NULL DEFAULT 0, fence INTEGER NOT NULL DEFAULT 0,
  queued INTEGER NOT NULL DEFAULT 0, succeeded INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,
  revoked INTEGER NOT NULL DEFAULT 0, retried INTEGER NOT NULL DEFAULT 0, released INTEGER NOT NULL DEFAULT 0,
  reclaimed INTEGER NOT NULL DEFAULT 0, UNIQUE (namespace, name)
) STRICT;
CREATE TABLE task (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, queue INTEGER NOT NULL, id TEXT NOT NULL, state INTEGER NOT NULL,
  status INTEGER NOT NULL, priority INTEGER NOT NULL, position INTEGER NOT NULL, due INTEGER NOT NULL,
  queued_at INTEGER NOT NULL, runs INTEGER NOT NULL DEFAULT 0, crashes INTEGER NOT NULL DEFAULT 0,
  suspect INTEGER NOT NULL DEFAULT 0, started_at INTEGER NOT NULL DEFAULT 0, ended_at INTEGER NOT NULL DEFAULT 0,
  expires_at INTEGER NOT NULL DEFAULT 0, worker TEXT, fence INTEGER NOT NULL DEFAULT 0,
  settled INTEGER NOT NULL DEFAULT 0, inboxes TEXT, job TEXT NOT NULL, tags TEXT NOT NULL, body ANY NOT NULL, outcome ANY, progress ANY, UNIQUE (queue, id)
) STRICT;
CREATE INDEX task_ready ON task (queue, priority DESC, position) WHERE state = 0 AND suspect = 0;
CREATE INDEX task_suspect ON task (queue, priority DESC, position) WHERE state = 0 AND suspect > 0;
CREATE INDEX task_delayed ON task (queue, due) WHERE state = 1;
CREATE INDEX task_held ON task (queue, worker) WHERE state = 2;
CREATE INDEX task_awaited ON task (queue) WHERE inboxes IS NOT NULL AND state < 3;
CREATE INDEX task_done ON task (expires_at) WHERE state = 3;
CREATE TABLE lane (
  queue INTEGER NOT NULL, worker TEXT NOT NULL, lane INTEGER NOT NULL, seq INTEGER NOT NULL, answer TEXT NOT NULL,
  PRIMARY KEY (queue, worker, lane)
) STRICT, WITHOUT ROWID;
CREATE TABLE idle (
  queue INTEGER NOT NULL, worker TEXT NOT NULL, since INTEGER NOT NULL, due INTEGER, PRIMARY KEY (queue, worker)
) STRICT, WITHOUT ROWID;
CREATE TABLE receiver (
  kind TEXT NOT NULL, name TEXT NOT NULL, process TEXT NOT NULL, PRIMARY KEY (kind, name, process)
) STRICT, WITHOUT ROWID;
CREATE TABLE notice (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, process TEXT NOT NULL, payload BLOB NOT NULL
) STRICT;
CREATE TABLE tick (
  queue INTEGER NOT NULL, job TEXT NOT NULL, last INTEGER NOT NULL, schedule TEXT NOT NULL, task TEXT NOT NULL,
  PRIMARY KEY (queue, job)
) STRICT, WITHOUT ROWID;
CREATE TABLE operation (id TEXT PRIMARY KEY, answer INTEGER NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`

/**
 * leases.db, a file of its own: a renewal never waits for the writers of the queue. Times are ms of the machine's
 * monotonic clock, and count only together with `boot`.
 *
 * - `lease`: `queue` is namespace and name, a line each; `condemned` is 1 until all tasks of a condemned worker are requeued,
 *   then 2: the id stays known for a while, so that nobody joins under it.
 * - `process`: processes that hear notices.
 * - `permit`, `permit_waiter`: the holders of the permits of a lock or limit, and the waiters in order; `name` is
 *   namespace and name, a line each. `permit_fence`: the last fence that was given out.
 */
export const LEASE_SCHEMA = `
CREATE TABLE lease (
  queue TEXT NOT NULL, worker TEXT NOT NULL, slots INTEGER NOT NULL, ttl REAL NOT NULL, boot TEXT NOT NULL,
  expires REAL NOT NULL, suspected REAL, condemned INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (queue, worker)
) STRICT, WITHOUT ROWID;
CREATE TABLE permit (
  name TEXT NOT NULL, holder TEXT NOT NULL, fence INTEGER NOT NULL, boot TEXT NOT NULL, expires REAL NOT NULL,
  PRIMARY KEY (name, holder)
) STRICT, WITHOUT ROWID;
CREATE TABLE permit_waiter (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, holder TEXT NOT NULL, boot TEXT NOT NULL,
  expires REAL NOT NULL, UNIQUE (name, holder)
) STRICT;
CREATE TABLE permit_fence (name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE process (
  name TEXT PRIMARY KEY, boot TEXT NOT NULL, expires REAL NOT NULL
) STRICT, WITHOUT ROWID;
`
