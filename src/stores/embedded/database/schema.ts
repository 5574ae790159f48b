/** Layout of the two databases. Another number is another layout, and is refused. */
export const LAYOUT = 6
/** Marks the two databases as ours. */
export const APPLICATION = 0x50515545

/**
 * The state of a task, as its row has it. `inOrder`: ready, or held where a row of `batch` covers it. `returned` and
 * `suspected`: ready, by `place`. All numbers take the same room in a row, so that most changes of state move no other row.
 */
export const STATE = { inOrder: 2, delayed: 3, returned: 4, suspected: 5, done: 6 } as const

/**
 * queue.db. Times are ms since the epoch.
 *
 * The order of a queue is the order of the keys of its tasks, so that ready tasks need no index, and a claim writes none of
 * their rows: it leases a range of keys.
 *
 * - `queue`: `tracks` is where each priority stands, see `tracks.ts`. `head` is the place that was given out last before all
 *   tasks in order. `used_at` is the time of the last change. `features`: letters of what the queue needs; none so far.
 * - `track`: a range of keys for the tasks of one queue and priority.
 * - `task`: live and finished ones. `seq` is its key in a track. `due` is NULL where it is `queued_at`. `tags` and `attempts`
 *   are JSON, NULL where there are none. `runs` are those that counted, without the present one. `place` orders the ready tasks
 *   that are not in order; negative ones come before all that are. `suspect` is the time at which the process of the task died
 *   with its company, see `suspects.ts`; 0 if none did; -1 once a failed task was retried as a new one, and where it was moved. `settled` is the last fence whose settlement was recorded. `inboxes` are the names of the inboxes that await
 *   its end, one a line. `refs` is u and the time at which a worker first claimed the task without knowing its job; NULL where none has.
 *   `line` is NULL for all tasks so far. Both have room for gates and for workflows.
 * - `batch`: the tasks that one claim has leased, by their keys. The fence of a task is its key plus `offset`. `left` tasks of
 *   the range are still held; those that are not `inOrder` have ended or wait again. Two ranges never overlap. `changed`: rows
 *   of the batch may have an inbox or progress that the claim has not seen. `suspect`: the batch is of suspects, beside which nothing else runs.
 * - `expiry`: tasks that ended together, by the time at which their records may be deleted.
 * - `worker`: those that have joined and are not condemned. One row, since each table more is a page more that every transaction
 *   writes, and the other process reads. Those whose `since` is not NULL found nothing and wait to be woken, in its order; they look
 *   by themselves at `due`. `slots` are free. `takes`: tasks may be handed over. `woken`: when the worker was woken; NULL: not yet.
 *   `handed` is the fence of the last hand-off, 0 for none, and `handed_runs` the ranges of keys that were handed over. `seq_0` and
 *   `answer_0`: the last call of lane 0 with its answer, in case it is sent again; NULL: it has not called yet.
 * - `receiver`: the processes that hear what is addressed to a worker, an inbox or a channel.
 * - `notice`: messages that a process has not read yet. Few rows, so without an index. A number is given again once its row is
 *   deleted: AUTOINCREMENT would write one more page in each transaction.
 * - `tick`: the last tick of each periodic job, with the schedule that it belongs to and the `operation` that queued its task, ''
 *   for none. A row whose job has byte 1 before its name says that the schedule is paused: `last` since when, `schedule` by whom and why.
 *   One with byte 1 twice says when its last pause ended.
 * - `problem`: failures by their cause. `versions` and `samples` are JSON, the latest first.
 * - `operation`: answers of calls that must not act twice.
 */
export const QUEUE_SCHEMA = `
CREATE TABLE queue (
  id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL, name TEXT NOT NULL, paused INTEGER NOT NULL DEFAULT 0,
  features TEXT NOT NULL DEFAULT '', used_at INTEGER NOT NULL DEFAULT 0, tracks TEXT NOT NULL DEFAULT '[]',
  head INTEGER NOT NULL DEFAULT 0, fence INTEGER NOT NULL DEFAULT 0,
  queued INTEGER NOT NULL DEFAULT 0, succeeded INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,
  revoked INTEGER NOT NULL DEFAULT 0, retried INTEGER NOT NULL DEFAULT 0, released INTEGER NOT NULL DEFAULT 0,
  reclaimed INTEGER NOT NULL DEFAULT 0, UNIQUE (namespace, name)
) STRICT;
CREATE TABLE track (
  number INTEGER PRIMARY KEY AUTOINCREMENT, queue INTEGER NOT NULL, priority INTEGER NOT NULL
) STRICT;
CREATE TABLE task (
  seq INTEGER PRIMARY KEY, queue INTEGER NOT NULL, id TEXT NOT NULL, state INTEGER NOT NULL, status INTEGER,
  priority INTEGER NOT NULL, job TEXT NOT NULL, tags TEXT, queued_at INTEGER NOT NULL, due INTEGER,
  runs INTEGER NOT NULL DEFAULT 0, crashes INTEGER NOT NULL DEFAULT 0, suspect INTEGER NOT NULL DEFAULT 0, place INTEGER,
  started_at INTEGER NOT NULL DEFAULT 0, ended_at INTEGER NOT NULL DEFAULT 0, expires_at INTEGER NOT NULL DEFAULT 0,
  settled INTEGER NOT NULL DEFAULT 0, worker TEXT, inboxes TEXT, refs TEXT, line TEXT, attempts TEXT, progress ANY,
  outcome ANY, body ANY NOT NULL, UNIQUE (queue, id)
) STRICT;
CREATE INDEX task_delayed ON task (queue, due) WHERE state = 3;
CREATE INDEX task_returned ON task (queue, priority DESC, place) WHERE state = 4;
CREATE INDEX task_suspect ON task (queue, state, priority DESC, place) WHERE suspect > 0;
CREATE INDEX task_failed ON task (queue, ended_at) WHERE status > 1;
CREATE TABLE batch (
  first INTEGER PRIMARY KEY, last INTEGER NOT NULL, queue INTEGER NOT NULL, worker TEXT NOT NULL, offset INTEGER NOT NULL,
  at INTEGER NOT NULL, left INTEGER NOT NULL, changed INTEGER NOT NULL, suspect INTEGER NOT NULL
) STRICT;
CREATE INDEX batch_worker ON batch (queue, worker);
CREATE TABLE expiry (
  at INTEGER NOT NULL, first INTEGER NOT NULL, tasks TEXT NOT NULL, PRIMARY KEY (at, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE worker (
  queue INTEGER NOT NULL, worker TEXT NOT NULL, since INTEGER, due INTEGER, slots INTEGER NOT NULL DEFAULT 0,
  takes INTEGER NOT NULL DEFAULT 0, woken INTEGER, handed INTEGER NOT NULL DEFAULT 0, seq_0 INTEGER, seq_1 INTEGER,
  handed_runs TEXT NOT NULL DEFAULT '[]', answer_0 TEXT, answer_1 TEXT, PRIMARY KEY (queue, worker)
) STRICT, WITHOUT ROWID;
CREATE TABLE receiver (
  kind TEXT NOT NULL, name TEXT NOT NULL, process TEXT NOT NULL, PRIMARY KEY (kind, name, process)
) STRICT, WITHOUT ROWID;
CREATE TABLE notice (
  seq INTEGER PRIMARY KEY, process TEXT NOT NULL, payload BLOB NOT NULL
) STRICT;
CREATE TABLE tick (
  queue INTEGER NOT NULL, job TEXT NOT NULL, last INTEGER NOT NULL, schedule TEXT NOT NULL, operation TEXT NOT NULL,
  PRIMARY KEY (queue, job)
) STRICT, WITHOUT ROWID;
CREATE TABLE problem (
  queue INTEGER NOT NULL, id TEXT NOT NULL, job TEXT NOT NULL, error TEXT NOT NULL, message TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open', regressed INTEGER NOT NULL DEFAULT 0, count INTEGER NOT NULL DEFAULT 0,
  first INTEGER NOT NULL, last INTEGER NOT NULL, versions TEXT NOT NULL DEFAULT '[]', samples TEXT NOT NULL DEFAULT '[]',
  PRIMARY KEY (queue, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE operation (id TEXT PRIMARY KEY, answer INTEGER NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`

/**
 * leases.db, a file of its own: a renewal never waits for the writers of the queue. Times are ms of the machine's
 * monotonic clock, and count only together with `boot`.
 *
 * - `lease`: `queue` is namespace and name, a line each; `condemned` is 1 until all tasks of a condemned worker are requeued,
 *   then 2: the id stays known for a while, so that nobody joins under it. `lease_expiry` finds overdue workers, however many
 *   workers there are.
 * - `sweep`: when overdue workers of a queue were looked at last, or were given to a worker to look at.
 * - `process`: processes that hear notices.
 * - `permit`, `permit_waiter`: the holders of the permits of a lock or limit, and the waiters in order; `name` is
 *   namespace and name, a line each. `permit_fence`: the last fence that was given out.
 */
export const LEASE_SCHEMA = `
CREATE TABLE lease (
  queue TEXT NOT NULL, worker TEXT NOT NULL, slots INTEGER NOT NULL, ttl REAL NOT NULL, boot TEXT NOT NULL,
  expires REAL NOT NULL, suspected REAL, condemned INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (queue, worker)
) STRICT, WITHOUT ROWID;
CREATE INDEX lease_expiry ON lease (queue, boot, expires) WHERE condemned < 2;
CREATE TABLE sweep (queue TEXT PRIMARY KEY, boot TEXT NOT NULL, at REAL NOT NULL) STRICT, WITHOUT ROWID;
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
