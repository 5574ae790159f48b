/** Acts on one worker. It gets an order with its next heartbeat. */
export interface WorkerControl {
  /** The worker claims no more tasks; those that run go on. */
  quiet(): Promise<void>
  /** The worker stops as after SIGTERM. */
  stop(): Promise<void>
  /** Number of tasks that it runs at once. */
  concurrency(tasks: number): Promise<void>
  logLevel(level: 'trace' | 'debug' | 'info' | 'warn' | 'error'): Promise<void>
}
