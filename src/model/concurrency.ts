/** How a job runs. The numbers are the original's. */
export const Concurrency = { ASYNC_IO: 1, GREEN_IO: 2, THREAD_IO: 3, CPUBOUND: 4 } as const
export type Concurrency = (typeof Concurrency)[keyof typeof Concurrency]

/** `ASYNC_IO` (default): on the worker's event loop. `GREEN_IO`: there too, as a generator. `THREAD_IO`: in a worker thread. `CPUBOUND`: in a child process. */
export const { ASYNC_IO, GREEN_IO, THREAD_IO, CPUBOUND } = Concurrency

export type ConcurrencyName = 'asyncio' | 'green' | 'thread' | 'process'

const NAMES = { 1: 'asyncio', 2: 'green', 3: 'thread', 4: 'process' } as const satisfies Record<
  Concurrency,
  ConcurrencyName
>

/** The name of a concurrency mode, as `jobList` and the manifest have it. */
export function concurrencyName(concurrency: Concurrency): ConcurrencyName {
  return NAMES[concurrency]
}
