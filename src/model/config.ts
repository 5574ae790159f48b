import type { DurabilityName } from './durability.js'
import type { CheckedRule } from './alert-rules.js'
import type { StoreOptions } from './store-options.js'
import { shareClass } from '../util/shared-class.js'

/**
 * The settings in force: merged, checked, and complete. Durations are in milliseconds. To read the settings, inject `Config`:
 * the class is its own token.
 */
export class Config {
  // #region settings: written by `npm run docs` from settings.ts
  /** Worker processes that `start()` runs; 0 consumes in this process. */
  readonly workers: number = 1
  /** Tasks that one worker runs at once. */
  readonly concurrentTasks: number = 5
  /** Files that define jobs: globs or URLs. */
  readonly taskPaths: readonly string[] = []
  /** URL of the store of events and locks, and of the queue unless `messageBroker` is set. */
  readonly dataStore: string = 'embedded:./.pulsar'
  /** URL of the store of the queue, its results and its schedules. */
  readonly messageBroker: string = 'embedded:./.pulsar'
  /** What the stores need besides their URLs: certificates of TLS, and addresses behind a NAT. */
  readonly storeOptions: StoreOptions = {}
  /** What the store must have done with a task before it is acknowledged. */
  readonly durability: DurabilityName | null = null
  /** Encoding of arguments and results: json or msgpack. */
  readonly messageSerializer: 'json' | 'msgpack' = 'json'
  /** Queues that workers consume. */
  readonly taskQueues: readonly string[] = ['pulsarqueue']
  /** Queue of a task where neither the caller nor the job names one. */
  readonly defaultTaskQueue: string = 'pulsarqueue'
  /** Whether periodic jobs are queued when they are due. */
  readonly schedulePeriodic: boolean = false
  /** Tasks after which a worker process is replaced; 0: never. */
  readonly maxRequests: number = 0
  /** Wait of an idle worker before it looks for tasks again. In ms. */
  readonly taskPoolTimeout: number = 2_000
  /** Time without a heartbeat after which a worker counts as dead and its tasks run elsewhere. In ms. */
  readonly leaseTtl: number = 15_000
  /** Time that running tasks get to finish when a worker stops. In ms. */
  readonly gracePeriod: number = 30_000
  /**
   * Whether `start()` takes SIGTERM and SIGINT, which stop it and end the process, and SIGHUP, which replaces its
   * workers.
   */
  readonly handleSignals: boolean = true
  /** Time that the event loop of a worker may be blocked before its process ends itself. In ms. */
  readonly stallLimit: number = 300_000
  /** Address at which `start()` serves JSON-RPC 2.0, `/healthz`, `/readyz` and `/metrics` over HTTP. */
  readonly rpcBind: string | null = null
  /** Bearer token that callers of JSON-RPC must send. */
  readonly rpcToken: string | null = null
  /** Longest time that a JSON-RPC call waits for its task to finish; 0: no limit. In ms. */
  readonly rpcTimeout: number = 300_000
  /** What callers of JSON-RPC may do as operators: `none`, `view`, or `act`, too. */
  readonly rpcControl: 'none' | 'view' | 'act' = 'none'
  /** Directory in which a drop writes its tasks to a file first. null: it writes none. */
  readonly dropDirectory: string | null = '.'
  /** File written by `pq generate`, whose manifest checks arguments. Default: found beside the jobs. */
  readonly manifest: string | null = null
  /** Name of the application: the prefix of its loggers and node names. */
  readonly name: string = 'pulsar-queue'
  /** Version of the application, such as a release: problems name those that have them. */
  readonly appVersion: string | null = null
  /** Lowest level that is logged: trace, debug, info, warn, error, fatal, silent. */
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent' = 'info'
  /** Runs whose last hundred log lines are stored with their outcome: `failed`, `all` or `none`. */
  readonly keepLogs: 'failed' | 'all' | 'none' = 'failed'
  /** Whether OpenTelemetry records traces and metrics: `auto`, `otel` (always) or `none`. */
  readonly telemetry: 'auto' | 'otel' | 'none' = 'auto'
  /** Rules of alerts, and who is told of each. */
  readonly alerts: readonly CheckedRule[] = []
  /** Members of arguments, results and metadata that `api.control`, `pq` and the dashboard do not show. */
  readonly redact: readonly string[] = []
  /** Classes of consumers beside tasks. */
  readonly consumers: readonly (new (...args: never[]) => object)[] = []
  /** Path of the configuration file. */
  readonly config: string | null = null
  /** Whether `start()` reads the command line. */
  readonly parseConsole: boolean = true
  // #endregion
  /** The directory to which relative paths refer. */
  readonly baseDirectory: string = process.cwd()

  constructor(values: Partial<Config> = {}) {
    Object.assign(this, values)
  }
}
shareClass(Config, 'Config')
