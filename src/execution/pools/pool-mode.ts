import type { ConcurrencyName } from '../../model/concurrency.js'

/** Modes of concurrency whose jobs run in a pool. */
export type PoolMode = Extract<ConcurrencyName, 'thread' | 'process'>

/** Time that a run which was told to stop gets before its thread, or its process, is stopped, ms. */
export const ABORT_GRACE: Readonly<Record<PoolMode, number>> = { thread: 2_000, process: 500 }
