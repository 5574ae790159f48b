/** The description of a process: `api.info()`. */
export interface Info {
  readonly name: string
  readonly node: string
  /** Name of the worker in this process; null where none consumes here. */
  readonly worker: string | null
  readonly pid: number
  /** Version of this package. */
  readonly version: string
  /** Seconds since this process started. */
  readonly uptime: number
  /** Without passwords. */
  readonly dataStore: string
  /** Without passwords. */
  readonly messageBroker: string
  readonly tasks: {
    /** Queues that a worker of this app consumes. */
    readonly queues: readonly string[]
    /** Tasks that one worker runs at once, at most. */
    readonly concurrentTasks: number
    /** Tasks that run in this process. */
    readonly running: number
    /** Tasks that ended in this process. */
    readonly processed: number
  }
  /** Bytes. */
  readonly memory: { readonly rss: number; readonly heapUsed: number }
  /** The `info()` of each consumer, by name. */
  readonly consumers: Readonly<Record<string, unknown>>
}
