import type { ConsumerClass } from '../consumers/consumer-api.js'
import type { Config } from '../model/config.js'
import type { DurabilityName } from '../model/durability.js'
import type { Duration } from '../model/duration.js'
import type { AlertRule } from '../model/alert-rules.js'
import type { StoreOptions } from '../model/store-options.js'

/**
 * The settings of an application. A duration is a number of **seconds** or a string with its unit, `'250ms'`.
 *
 * Each setting can also stand in `pulsar.config.ts`, in the environment (`taskQueues` is `PULSAR_TASK_QUEUES=a,b`) and on the
 * command line (`--task-queues a,b`). In order of precedence: command line, environment, constructor, configuration file,
 * default. Relative paths count from the directory of the configuration file, or without one from the working directory.
 */
export interface PulsarQueueSettings {
  // #region settings: written by `npm run docs` from settings.ts
  /** Worker processes that `start()` runs; 0 consumes in this process. @defaultValue `1` */
  readonly workers?: number | undefined
  /**
   * Tasks that one worker runs at once. In code also a function of the other settings that returns the number.
   *
   * @defaultValue `5`
   */
  readonly concurrentTasks?: number | ((config: Config) => number) | undefined
  /**
   * Files that define jobs: globs or URLs. Without any, the jobs are those that the program itself has defined when it
   * connects. With any, only the jobs of these files count: those that the program defines elsewhere are not seen. The
   * command `pq start` needs at least one.
   *
   * @defaultValue `[]`
   */
  readonly taskPaths?: string | readonly (string | URL)[] | undefined
  /**
   * URL of the store of events and locks, and of the queue unless `messageBroker` is set. `embedded:<directory>` is
   * SQLite in files, for the processes of one machine; `embedded::memory:` lives in one process;
   * `redis://host:port/db`, `rediss://` (TLS) and `redis+unix:///path?db=0` (a socket) are Redis. `?namespace=`
   * separates applications in one store, and `?connectTimeout=` is the time for which a call waits for it, by default
   * 10 s.
   *
   * @defaultValue `'embedded:./.pulsar'`
   */
  readonly dataStore?: string | undefined
  /** URL of the store of the queue, its results and its schedules. @defaultValue the data store */
  readonly messageBroker?: string | undefined
  /**
   * What the stores need besides their URLs: certificates of TLS, and addresses behind a NAT. `tls` is for URLs that
   * begin with `rediss`; its certificates and keys are PEM texts. `natMap` has the addresses that Sentinels and Cluster
   * nodes tell, and those under which this program reaches them.
   *
   * @defaultValue `{}`
   */
  readonly storeOptions?: StoreOptions | undefined
  /**
   * What the store must have done with a task before it is acknowledged. Redis: `async`, `replica`, `replicas:2` (any
   * number), `all`, `fsync` and `fsync+replica`; docs/redis.md says what each waits for. An embedded store: `normal`
   * and `full`, which survives a loss of power. It counts for tasks that are queued, not for ticks of periodic jobs.
   * Calls have an option of the same name. docs/reliability.md has what each costs, and what it can lose.
   *
   * @defaultValue what the URL of the store says, else `async` or `normal`
   */
  readonly durability?: DurabilityName | null | undefined
  /**
   * Encoding of arguments and results: json or msgpack. Readers accept both, so it can be changed while tasks are
   * queued.
   *
   * @defaultValue `'json'`
   */
  readonly messageSerializer?: 'json' | 'msgpack' | undefined
  /** Queues that workers consume. @defaultValue `['pulsarqueue']` */
  readonly taskQueues?: readonly string[] | undefined
  /** Queue of a task where neither the caller nor the job names one. @defaultValue `'pulsarqueue'` */
  readonly defaultTaskQueue?: string | undefined
  /**
   * Whether periodic jobs are queued when they are due. Without any process that schedules, periodic jobs never run.
   * Any number of processes may schedule; each tick is queued once.
   *
   * @defaultValue `false`
   */
  readonly schedulePeriodic?: boolean | undefined
  /**
   * Tasks after which a worker process is replaced; 0: never. The next process consumes before the old one stops. The
   * number is spread by up to a tenth, so that workers are not replaced together. Has no effect with `workers: 0`.
   *
   * @defaultValue `0`
   */
  readonly maxRequests?: number | undefined
  /**
   * Wait of an idle worker before it looks for tasks again. A duration. New tasks wake workers at once; this is the
   * fallback for a wake-up that was lost. The wait doubles while nothing is found, up to 10 s or the setting, whichever
   * is longer. It is 1 s at least for each 200 idle workers of the queue.
   *
   * @defaultValue `'2s'`
   */
  readonly taskPoolTimeout?: Duration | undefined
  /**
   * Time without a heartbeat after which a worker counts as dead and its tasks run elsewhere. A duration.
   *
   * @defaultValue `'15s'`
   */
  readonly leaseTtl?: Duration | undefined
  /**
   * Time that running tasks get to finish when a worker stops. A duration. Tasks that still run after it are aborted
   * and released; they run again elsewhere.
   *
   * @defaultValue `'30s'`
   */
  readonly gracePeriod?: Duration | undefined
  /**
   * Whether `start()` takes SIGTERM and SIGINT, which stop it and end the process, and SIGHUP, which replaces its
   * workers. Otherwise the program calls `app.close()` itself before it ends.
   *
   * @defaultValue `true`; with `workers: 0` `false`, except in `pq start`
   */
  readonly handleSignals?: boolean | undefined
  /**
   * Time that the event loop of a worker may be blocked before its process ends itself. A duration. It also ends itself
   * when the loop is still blocked 5 s after one of its runs was due to be over by its `timeout`. It does not while a
   * debugger may be attached.
   *
   * @defaultValue `'5m'`
   */
  readonly stallLimit?: Duration | undefined
  /**
   * Address at which `start()` serves JSON-RPC 2.0, `/healthz`, `/readyz` and `/metrics` over HTTP. A port alone is one
   * of 127.0.0.1; port 0 is any free one. At an address that other machines reach, `rpcToken` is needed. A request has
   * at most 4 MiB.
   *
   * @defaultValue `null`
   */
  readonly rpcBind?: string | number | null | undefined
  /**
   * Bearer token that callers of JSON-RPC must send. Other users of the machine can read a command line, so set it as
   * PULSAR_RPC_TOKEN.
   *
   * @defaultValue `null`
   */
  readonly rpcToken?: string | null | undefined
  /** Longest time that a JSON-RPC call waits for its task to finish; 0: no limit. A duration. @defaultValue `'5m'` */
  readonly rpcTimeout?: Duration | undefined
  /**
   * What callers of JSON-RPC may do as operators: `none`, `view`, or `act`, too. `view` adds the methods `control.*`
   * that look at queues, tasks, workers and problems, payloads included; `act` those that change something.
   *
   * @defaultValue `'none'`
   */
  readonly rpcControl?: 'none' | 'view' | 'act' | undefined
  /**
   * Directory in which a drop writes its tasks to a file first. null: it writes none. Of drops in the dashboard, over
   * JSON-RPC, and by `pq drop` without `--export`. Each has a file of its own, which `pq import` reads, in the process
   * that drops. Payloads are whole in it, whatever `redact` hides; its owner alone may read it.
   *
   * @defaultValue `'.'`
   */
  readonly dropDirectory?: string | null | undefined
  /**
   * File written by `pq generate`, whose manifest checks arguments. Default: found beside the jobs. Looked for, where
   * none is set, in the directory of each job file and those above it, up to the root of its package: files such as
   * `client.generated.js`.
   *
   * @defaultValue `null`
   */
  readonly manifest?: string | null | undefined
  /** Name of the application: the prefix of its loggers and node names. @defaultValue `'pulsar-queue'` */
  readonly name?: string | undefined
  /**
   * Version of the application, such as a release: problems name those that have them.
   *
   * @defaultValue the version in the `package.json` of the working directory
   */
  readonly appVersion?: string | null | undefined
  /** Lowest level that is logged: trace, debug, info, warn, error, fatal, silent. @defaultValue `'info'` */
  readonly logLevel?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent' | undefined
  /**
   * Runs whose last hundred log lines are stored with their outcome: `failed`, `all` or `none`. They are kept for as
   * long as the outcome. `failed` are those that fail or are retried; a run that succeeds costs nothing then.
   *
   * @defaultValue `'failed'`
   */
  readonly keepLogs?: 'failed' | 'all' | 'none' | undefined
  /**
   * Whether OpenTelemetry records traces and metrics: `auto`, `otel` (always) or `none`. `auto`: where an SDK has
   * registered before `start()`. It needs the package `@opentelemetry/api`. See docs/telemetry.md.
   *
   * @defaultValue `'auto'`
   */
  readonly telemetry?: 'auto' | 'otel' | 'none' | undefined
  /**
   * Rules of alerts, and who is told of each. One process of all evaluates them, once a minute: one that consumes, or
   * serves the dashboard. See docs/alerts.md.
   *
   * @defaultValue `[]`
   */
  readonly alerts?: readonly AlertRule[] | undefined
  /**
   * Members of arguments, results and metadata that `api.control`, `pq` and the dashboard do not show. `password` is
   * any member of that name, `card.number` one of any `card`, and `card.*` all of them. Their values are hidden in
   * errors, stacks and logs, too, where they have four characters or more. A filter does not match what is hidden. The
   * option `redact` of a job adds to it.
   *
   * @defaultValue `[]`
   */
  readonly redact?: readonly string[] | undefined
  /** Classes of consumers beside tasks. @defaultValue `[]` */
  readonly consumers?: readonly ConsumerClass[] | undefined
  /** Path of the configuration file. @defaultValue `pulsar.config.*` in the working directory, if there is one */
  readonly config?: string | undefined
  /** Whether `start()` reads the command line. @defaultValue `true` */
  readonly parseConsole?: boolean | undefined
  // #endregion
}

/** The options of the constructor of `PulsarQueue`: the settings, and options that only code can give. */
export interface PulsarQueueOptions extends PulsarQueueSettings {
  /** The container that the application uses, such as `fromTypedi(Container)`. Default: one of its own. */
  readonly container?: object | undefined
  /** The command line to read, without program and script. Default: that of the process, read by `start()`. */
  readonly argv?: readonly string[] | undefined
}
