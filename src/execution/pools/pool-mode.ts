import type { ConcurrencyName } from '../../model/concurrency.js'

/** Modes of concurrency whose jobs run in a pool. */
export type PoolMode = Extract<ConcurrencyName, 'thread' | 'process'>

/** Time between telling a run to stop and replacing its thread or process, ms. */
export const ABORT_GRACE: Readonly<Record<PoolMode, number>> = { thread: 2_000, process: 500 }
