import { errorMessage, isError } from '../util/thrown.js'
import { PulsarError } from './pulsar-error.js'

/**
 * A value has a type that the serializer cannot write, such as a function or a symbol, or a getter of it throws. Thrown when
 * a task is queued, and then nothing is queued. A result with such a value fails its task.
 *
 * @remarks Pass plain data: JSON values, `Date`, `bigint`, `Map`, `Set`, `Uint8Array`.
 */
export class SerializationError extends PulsarError {
  readonly code = 'PQ_SERIALIZATION'
  constructor(
    /** Path of the value: `args.items[3].callback`. */
    readonly path: string,
    /** The value that was given. */
    readonly received: string,
    /** Why it cannot be written. */
    readonly reason = 'cannot be serialized',
    options?: ErrorOptions,
  ) {
    super(`${path === '' ? 'the value' : path} is ${received}, which ${reason}`, options)
  }
}

/**
 * Bytes in the store are no serialized value: they are damaged, or another program wrote them.
 *
 * @remarks Check that no other program writes to the keys or files of the store. A namespace of its own keeps apart
 * applications that share a Redis.
 */
export class DeserializationError extends PulsarError {
  readonly code = 'PQ_DESERIALIZATION'
}

/**
 * The store did not answer in time, or refused the connection: the message says why, and what to do. Whether a call that was
 * cut off had an effect is unknown; a task may be queued again under the same `id` without running twice.
 *
 * @remarks Check that the store runs, that the address is right, and user, password and database in the URL. docs/redis.md has
 * the URLs and the permissions.
 */
export class BrokerUnreachableError extends PulsarError {
  readonly code = 'PQ_BROKER_UNREACHABLE'
  constructor(
    /** Address of the store, without password. */
    readonly address: string,
    /** Time that was waited, in ms; 0: the store answered and refused. */
    readonly waited: number,
    cause?: unknown,
    remedy?: string,
  ) {
    const reason = isError(cause) ? `: ${errorMessage(cause)}` : ''
    const [what, fix] =
      waited > 0
        ? [`cannot reach ${address} within ${String(waited / 1_000)} s`, 'that it runs and that the address is right']
        : [`cannot use ${address}`, 'the user and the password in its URL']
    super(`${what}${reason}; ${remedy ?? `check ${fix}`}`, { cause })
  }
}

/**
 * The Redis server or the SQLite library is too old.
 *
 * @remarks Upgrade to Redis 7.0 or later. SQLite comes with Node or with this package; upgrade those.
 */
export class BrokerVersionError extends PulsarError {
  readonly code = 'PQ_BROKER_VERSION'
  constructor(
    /** Address of the store, or `SQLite`. */
    readonly address: string,
    /** Its version. */
    readonly found: string,
    /** The oldest version that fits. */
    readonly required: string,
  ) {
    super(`expected ${address} to be version ${required} or later, got ${found}; upgrade it`)
  }
}

/**
 * The embedded store has no SQLite: this Node brings none that is new enough, and the optional package with a prebuilt one
 * is not installed or does not load on this system.
 *
 * @remarks Install without `--omit=optional`, use a newer Node, or use Redis.
 */
export class SqliteMissingError extends PulsarError {
  readonly code = 'PQ_SQLITE_MISSING'
  constructor(
    /** The oldest version of SQLite that fits. */
    readonly required: string,
    cause: unknown,
  ) {
    super(
      `expected SQLite ${required} or later for the embedded store, got a Node ${process.versions.node} without it and no ` +
        `package @photostructure/sqlite that loads: ${errorMessage(cause).split('\n')[0] ?? ''}; ` +
        'run `npm install @photostructure/sqlite`, use a newer Node, or set dataStore to a redis:// URL',
      { cause },
    )
  }
}

/**
 * The store has no room: the memory of Redis (`maxmemory`) or the disk is full, or cannot be written. Nothing was queued. With Redis at
 * `maxmemory`, workers go on with the tasks that are queued. A full disk takes no write at all: no task is claimed, and workers keep the outcomes
 * of runs until there is room. Nothing that was acknowledged is lost.
 *
 * @remarks Give the store more room (`maxmemory`, the disk), and queue the task again. What workers drain from Redis makes little room: the
 * record of a task keeps its arguments, and has its result, until `resultTtl` is over.
 */
export class BrokerFullError extends PulsarError {
  readonly code = 'PQ_BROKER_FULL'
  constructor(
    /** Address of the store. */
    readonly address: string,
    reason: string,
    fix = 'give it more room',
  ) {
    super(`${address} takes no more tasks: ${reason}; ${fix}`)
  }
}

/**
 * A key of Redis holds another type of value than this package writes there: another program uses the same names, or has changed
 * the key. Every call that needs the key is refused until it is gone. Other queues go on.
 *
 * @remarks Rename or delete the key (`RENAME`, `DEL`), and give the other program another database, or this one another
 * `namespace`. Workers then go on by themselves.
 */
export class KeyTypeError extends PulsarError {
  readonly code = 'PQ_KEY_TYPE'
  constructor(
    /** Address of the store, without password. */
    readonly address: string,
    /** The key; null where the server does not tell types (`+type`). */
    readonly key: string | null,
    /** The type that fits: `hash`, `list`, `zset`, `set` or `string`. */
    readonly expected: string,
    /** Its type now. */
    readonly received: string,
  ) {
    super(
      `expected ${key === null ? 'each key' : `key ${key}`} of ${address} to be a ${expected}, got a ${received}; another program has ` +
        'written it: rename or delete it (RENAME, DEL), and keep that program away by another database or namespace',
    )
  }
}

/**
 * The store has data of another layout: another version of this package wrote it. Nothing was changed.
 *
 * @remarks Drain the queues with the version that wrote them, or use another directory, database or namespace.
 */
export class LayoutVersionError extends PulsarError {
  readonly code = 'PQ_LAYOUT_VERSION'
  constructor(
    /** Path of the file, or address of the store. */
    readonly place: string,
    /** Layout of the data. */
    readonly found: string,
    /** Layout that this version reads. */
    readonly expected: string,
  ) {
    super(
      `${place} holds data of layout ${found}, and this version of pulsar-queue reads layout ${expected}; drain it with the version that wrote it, or use another directory, database or namespace`,
    )
  }
}

/**
 * The directory of an embedded store cannot be created, read or written, its files are damaged, or it was deleted while it was
 * in use; then nothing is acknowledged any more. Futures that wait for a store whose directory was deleted are rejected with this error.
 * `cause` is the error of the file system or SQLite.
 *
 * @remarks Create its parent directory, and let the user of the process write to it. Network file systems do not work. Restart the
 * processes whose directory was deleted.
 */
export class EmbeddedDirectoryError extends PulsarError {
  readonly code = 'PQ_EMBEDDED_DIRECTORY'
  constructor(
    /** Path of the directory. */
    readonly path: string,
    reason: string,
    /** Whether it was deleted or replaced while it was in use: this process can never use it again. */
    readonly isGone: boolean,
    options?: ErrorOptions,
  ) {
    super(`cannot use ${path} for the embedded broker: ${reason}`, options)
  }
}

/**
 * A worker's lease on a queue has ended: it sent no heartbeat for `leaseTtl`. Its tasks run elsewhere. Workers handle it
 * themselves and join the queue again; only code that calls the broker directly sees it.
 *
 * @remarks If the log shows it often, jobs block the machine, or the store is slow: raise `leaseTtl`.
 */
export class LeaseLostError extends PulsarError {
  readonly code = 'PQ_LEASE_LOST'
  constructor(
    /** Name of the queue. */
    readonly queue: string,
    /** Id of the worker. */
    readonly worker: string,
  ) {
    super(`worker ${worker} holds no lease on queue ${queue}; it must join again`)
  }
}

/**
 * A worker's call of the broker arrived after a later one of the same lane, and was refused. Workers handle it themselves; only
 * code that calls the broker directly sees it.
 *
 * @remarks Number the calls of a lane in order, and repeat only the last.
 */
export class StaleCallError extends PulsarError {
  readonly code = 'PQ_STALE_CALL'
  constructor(
    /** Name of the queue. */
    readonly queue: string,
    /** Id of the worker. */
    readonly worker: string,
    /** Number of the call. */
    readonly seq: number,
  ) {
    super(`call ${String(seq)} of worker ${worker} on queue ${queue} is older than its last`)
  }
}

/**
 * The store does not keep what was asked for. The broker of an application may have no operations at all; then only the counts of
 * `tasks.size` are known.
 *
 * @remarks Use a store of this package, or implement `operations()` in the broker.
 */
export class NotKeptError extends PulsarError {
  readonly code = 'PQ_NOT_KEPT'
  constructor(
    /** What was asked for: `series`. */
    readonly what: string,
    /** Address of the store, without password. */
    readonly address: string,
  ) {
    super(`expected a store that keeps ${what}, got ${address}, which does not`)
  }
}

/**
 * What a queue needs is not known, since nothing of it was measured yet. It is not 0: an autoscaler that took it for 0 would end the
 * workers of a queue that is only unknown.
 *
 * @remarks Check the name of the queue. Keep one worker (`minReplicaCount: 1`, or `fallback` of KEDA) until runs of it have ended and were
 * reported, which takes up to ten seconds.
 */
export class NotMeasuredError extends PulsarError {
  readonly code = 'PQ_NOT_MEASURED'
  constructor(
    /** Name of the queue. */
    readonly queue: string,
    /** What the answer needs: `a worker has reported the end of a run within 60 days`. */
    readonly needed: string,
  ) {
    super(
      `expected that ${needed} in queue ${queue}, got none: what it needs is unknown. Keep one worker of it, and ask again: workers report every ten seconds`,
    )
  }
}

/**
 * A worker has not done what an operator has told it: it did not hear it, did not answer in time, or has refused.
 *
 * @remarks `pq workers` shows the workers, and `reason` says what to do. It can be repeated without harm.
 */
export class WorkerOrderError extends PulsarError {
  readonly code = 'PQ_WORKER_ORDER'
  constructor(
    /** Name of the worker. */
    readonly worker: string,
    /** Such as `quiet`. */
    readonly order: string,
    /** Why, and what to do. */
    readonly reason: string,
  ) {
    super(`expected worker ${worker} to take the order ${order}, and it did not: ${reason}`)
  }
}

/**
 * A task is stored, but was not confirmed to be as durable as the store's URL asks for (`?durability=replica`) in time. It runs as
 * any other, unless the server is lost before its replicas or its disk have the task.
 *
 * @remarks Queueing it again under the same `id` is harmless, and waits for the confirmation once more. Check the replicas and
 * `appendonly` of the server. docs/redis.md says what each durability waits for.
 */
export class DurabilityError extends PulsarError {
  readonly code = 'PQ_NOT_DURABLE'
  constructor(
    /** Address of the store, without password. */
    readonly address: string,
    /** What was to confirm the task. */
    readonly expected: string,
    /** What did. */
    readonly confirmed: string,
    /** Time that was waited, in ms. */
    readonly waited: number,
  ) {
    super(
      `the tasks are stored at ${address}, but expected ${expected} to have them, got ${confirmed} after ${String(waited / 1_000)} s; check its replicas and appendonly, or queue them again under the same ids`,
    )
  }
}

/**
 * A call of a worker was not sent, since the store was replaced by one that may have forgotten what it had acknowledged last, as
 * after a failover. Workers handle it themselves; only code that calls the broker directly sees it.
 *
 * @remarks Call `adopt` with what the worker holds, and then make the call anew.
 */
export class HistoryChangedError extends PulsarError {
  readonly code = 'PQ_HISTORY_CHANGED'
  constructor(
    /** Name of the queue. */
    readonly queue: string,
    /** Id of the worker. */
    readonly worker: string,
  ) {
    super(
      `expected the store of queue ${queue} to have the history in which worker ${worker} got its lease, got another one: a failover or a restart may have lost the latest writes; the worker has to adopt its tasks first`,
    )
  }
}
