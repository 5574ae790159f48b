/** Where a job runs. The numbers are those of the Python project. */
export const Concurrency = { ASYNC_IO: 1, GREEN_IO: 2, THREAD_IO: 3, CPUBOUND: 4 } as const
export type Concurrency = (typeof Concurrency)[keyof typeof Concurrency]

/**
 * `ASYNC_IO` (default) runs a job on the worker's event loop, `GREEN_IO` runs a generator there. `THREAD_IO` runs a job in a
 * worker thread, `CPUBOUND` in a child process.
 */
export const { ASYNC_IO, GREEN_IO, THREAD_IO, CPUBOUND } = Concurrency

export type ConcurrencyName = 'asyncio' | 'green' | 'thread' | 'process'

const NAMES = { 1: 'asyncio', 2: 'green', 3: 'thread', 4: 'process' } as const satisfies Record<
  Concurrency,
  ConcurrencyName
>

/** The name of a concurrency mode in `jobList` and in the manifest. */
export function concurrencyName(concurrency: Concurrency): ConcurrencyName {
  return NAMES[concurrency]
}
