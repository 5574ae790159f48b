import type { ConsumerClass } from '../consumers/consumer-api.js'
import type { Config } from '../model/config.js'
import type { Duration } from '../util/duration.js'

/**
 * The settings of an application. A duration is a number of **seconds** or a string with its unit, `'250ms'`.
 *
 * Each can also stand in `pulsar.config.ts`, in the environment (`taskQueues` is `PULSAR_TASK_QUEUES=a,b`) and on the
 * command line (`--task-queues a,b`). By weight: command line, environment, constructor, configuration file, default.
 * Relative paths count from the configuration file's directory; without such a file, from the working directory.
 */
export interface PulsarQueueSettings {
  /** Name of the application: prefix of its loggers and node names. Default `pulsar-queue`. */
  readonly name?: string | undefined
  /** Worker processes that `start()` runs; 0: consume in this process. Default 1. */
  readonly workers?: number | undefined
  /** Tasks at once in one worker, or a function of the other settings that tells. Default 5. */
  readonly concurrentTasks?: number | ((config: Config) => number) | undefined
  /**
   * Where pub/sub, locks and schedules live, and the queue with its results unless `messageBroker` is set:
   * `embedded:<directory>`, `embedded::memory:`, `redis://host:port/db`, `rediss://`. Default `embedded:./.pulsar`.
   */
  readonly dataStore?: string | undefined
  /** Where the queue and its results live. Default: the data store. */
  readonly messageBroker?: string | undefined
  /** How tasks are written; each reads both. Default `json`. */
  readonly messageSerializer?: 'json' | 'msgpack' | undefined
  /**
   * Tasks after which a worker process is replaced, once another consumes in its place (spread by up to a tenth); 0: never.
   * Nothing to replace with `workers: 0`. Default 0.
   */
  readonly maxRequests?: number | undefined
  /** Whether periodic jobs are run. Default false. */
  readonly schedulePeriodic?: boolean | undefined
  /** Queues that workers consume. Default `['pulsarqueue']`. */
  readonly taskQueues?: readonly string[] | undefined
  /** Queue of a task where neither caller nor job names one. Default `pulsarqueue`. */
  readonly defaultTaskQueue?: string | undefined
  /** Longest idle wait before a worker looks again. A duration. Default `'2s'`. */
  readonly taskPoolTimeout?: Duration | undefined
  /** Whether `start()` reads the command line. Default true. */
  readonly parseConsole?: boolean | undefined
  /** Globs or URLs of the files that define jobs. Default: none; the jobs are those that the program itself has defined. */
  readonly taskPaths?: string | readonly (string | URL)[] | undefined
  /** Path of the file that `pq generate` wrote; its manifest checks arguments. null, the default: none. */
  readonly manifest?: string | null | undefined
  /** Classes of consumers beside tasks. Code alone can give them. Default: none. */
  readonly consumers?: readonly ConsumerClass[] | undefined
  /** Path of the configuration file. Default: `pulsar.config.{ts,mts,js,mjs,json}` in the working directory, if there. */
  readonly config?: string | undefined
  /** Least level that is logged. Default `info`. */
  readonly logLevel?: Config['logLevel'] | undefined
  /** Time without a sign of life after which a worker counts as dead, 1 s at least. A duration. Default `'15s'`. */
  readonly leaseTtl?: Duration | undefined
  /** What running tasks get to finish when a worker stops. A duration. Default `'30s'`. */
  readonly gracePeriod?: Duration | undefined
  /** A worker whose event loop stands still this long ends itself. A duration. Default `'5m'`. */
  readonly stallLimit?: Duration | undefined
  /**
   * Where `start()` serves JSON-RPC 2.0 over HTTP, with `/healthz` and `/readyz`: `'127.0.0.1:8060'`, `'[::1]:8060'`, or a
   * port alone, which is one of loopback. Port 0: any that is free. A request has 4 MiB at most. null, the default:
   * nowhere.
   */
  readonly rpcBind?: string | number | null | undefined
  /**
   * Bearer token that callers of JSON-RPC must send. Better set as `PULSAR_RPC_TOKEN` than on the command line, where
   * others of the machine see it. null, the default: none is needed.
   */
  readonly rpcToken?: string | null | undefined
  /** Longest time that a call of `tasks.queue` waits for the end of its task; 0: no limit. A duration. Default `'5m'`. */
  readonly rpcTimeout?: Duration | undefined
}

/** What the constructor of `PulsarQueue` takes: the settings, and what only code can give. */
export interface PulsarQueueOptions extends PulsarQueueSettings {
  /** The container that the application lives in, such as `fromTypedi(Container)`. Default: one of its own. */
  readonly container?: object | undefined
  /** The command line to read, without program and script. Default: in `start()`, that of the process. */
  readonly argv?: readonly string[] | undefined
}
