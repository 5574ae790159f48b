/** One thing in the set-up of a store that whoever operates it should know. */
export interface StoreAdvice {
  /** Stable, such as `appendonly`: mostly the name of the setting of the server. */
  readonly name: string
  /** `warn`: tasks may be lost, or queues stop, without need. `info`: that is so as well, but suits a server for development. */
  readonly level: 'info' | 'warn'
  readonly says: string
  /** What to do. */
  readonly fix: string
}
