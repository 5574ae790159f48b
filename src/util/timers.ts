import { performance as nodePerformance } from 'node:perf_hooks'
import process from 'node:process'
import * as nodeTimers from 'node:timers'

interface Timers {
  setTimeout(act: () => void, ms: number): NodeJS.Timeout
  clearTimeout(timer: NodeJS.Timeout | undefined): void
  setInterval(act: () => void, ms: number): NodeJS.Timeout
  clearInterval(timer: NodeJS.Timeout | undefined): void
  setImmediate(act: () => void): NodeJS.Immediate
  now(): number
  systemTime(): number
}

/**
 * The timers of Node, as they were when this module was loaded. Whatever waits here takes its timers from this module, so that
 * a test that fakes timers (Jest, Vitest, Sinon, node:test) stops its own time, and not the queue. They come from
 * `node:timers`: Jest may have replaced the global ones before a test file is loaded.
 *
 * Specs of this package replace members to control its time.
 */
export const timers: Timers = {
  setTimeout: nodeTimers.setTimeout,
  clearTimeout: nodeTimers.clearTimeout,
  setInterval: nodeTimers.setInterval,
  clearInterval: nodeTimers.clearInterval,
  setImmediate: nodeTimers.setImmediate,
  now: nodePerformance.now.bind(nodePerformance),
  systemTime: Date.now.bind(Date),
}

export const nextTick = process.nextTick.bind(process)

export const queueMicrotask = globalThis.queueMicrotask.bind(globalThis)

/** The monotonic clock. */
export const performance = { timeOrigin: nodePerformance.timeOrigin, now: () => timers.now() } as const

/** ms since the epoch, by the clock of this machine. */
export function systemTime(): number {
  return timers.systemTime()
}

export function setTimeout(act: () => void, ms: number): NodeJS.Timeout {
  return timers.setTimeout(act, ms)
}

export function clearTimeout(timer: NodeJS.Timeout | undefined): void {
  timers.clearTimeout(timer)
}

export function setInterval(act: () => void, ms: number): NodeJS.Timeout {
  return timers.setInterval(act, ms)
}

export function clearInterval(timer: NodeJS.Timeout | undefined): void {
  timers.clearInterval(timer)
}

export function setImmediate(act: () => void): NodeJS.Immediate {
  return timers.setImmediate(act)
}

/**
 * Acts when what has arrived by now was read: answers on sockets, messages of threads and processes. Whoever judges a silence by a
 * clock acts in it: a blocked event loop reads nothing, and the timer or the handler that comes after the block comes before what
 * has arrived meanwhile.
 *
 * Where a handler of a socket has blocked the loop, the immediates of the same turn come before the sockets are looked at again.
 */
export function afterArrived(act: () => void): void {
  setImmediate(() => setImmediate(act))
}

/** Resolves in the next turn of the event loop, when signals, timers and sockets have had theirs. */
export async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve))
}

/** Resolves after a time. @param signal - ends the wait early */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
  })
}
