import { DEFAULT_QUEUE } from './defaults.js'

/** The settings in force, merged and checked. Token: inject `Config` to read them. Durations are milliseconds here. */
export class Config {
  /** Name of the application: prefix of loggers and of node names. */
  readonly name: string = 'pulsar-queue'
  /** Worker processes; 0: consume in this one. */
  readonly workers: number = 1
  /** Tasks at once in one worker. */
  readonly concurrentTasks: number = 5
  /** URL of pub/sub and schedules, and of the queue unless `messageBroker` is set. */
  readonly dataStore: string = 'embedded:./.pulsar'
  /** URL of the queue and its results. */
  readonly messageBroker: string = 'embedded:./.pulsar'
  readonly messageSerializer: 'json' | 'msgpack' = 'json'
  /** Tasks after which a worker process is replaced; 0: never. */
  readonly maxRequests: number = 0
  readonly schedulePeriodic: boolean = false
  readonly taskQueues: readonly string[] = [DEFAULT_QUEUE]
  readonly defaultTaskQueue: string = DEFAULT_QUEUE
  /** Longest idle wait before looking again, ms. */
  readonly taskPoolTimeout: number = 2_000
  /** Whether `start()` reads the command line. */
  readonly parseConsole: boolean = true
  /** Globs or URLs of job files. */
  readonly taskPaths: readonly string[] = []
  /** Path of the generated file whose manifest checks arguments; null: none. */
  readonly manifest: string | null = null
  /** Classes of consumers beside tasks. */
  readonly consumers: readonly (new (...args: never[]) => object)[] = []
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent' = 'info'
  /** Lease of a worker, ms. */
  readonly leaseTtl: number = 15_000
  /** What running tasks get to finish at a stop, ms. */
  readonly gracePeriod: number = 30_000
  /** A loop without a tick for this long, and no task deadline to go by, ends the process, ms. */
  readonly stallLimit: number = 300_000
  /** `host:port` where JSON-RPC and health are served over HTTP; null: nowhere. */
  readonly rpcBind: string | null = null
  /** Bearer token that callers must send; null: none. */
  readonly rpcToken: string | null = null
  /** Longest time that a call waits for the end of its task, ms; 0: as long as it takes. */
  readonly rpcTimeout: number = 300_000
  /** Path of the configuration file that was read; null: none. */
  readonly config: string | null = null
  /** Directory that relative paths count from. */
  readonly baseDirectory: string = process.cwd()

  constructor(values: Partial<Config> = {}) {
    Object.assign(this, values)
  }
}
