import { setTimeout as pause } from 'node:timers/promises'

/** Acts again and again, each time after a pause, until the signal. Resolves then. */
export async function repeat(signal: AbortSignal, every: number, act: () => Promise<void> | void): Promise<void> {
  const isOver = (): boolean => signal.aborted
  while (!isOver()) {
    await pause(every, null, { signal }).catch(() => undefined)
    if (!isOver()) await act()
  }
}
