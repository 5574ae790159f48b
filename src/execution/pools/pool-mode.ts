import type { ConcurrencyName } from '../../model/concurrency.js'

/** The kind of a pool's members, which is the mode of concurrency of its jobs. */
export type PoolMode = Extract<ConcurrencyName, 'thread' | 'process'>

/** Time between telling a run to stop and replacing its thread or process, ms. */
export const ABORT_GRACE: Readonly<Record<PoolMode, number>> = { thread: 2_000, process: 500 }
