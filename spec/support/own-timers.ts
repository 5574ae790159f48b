import { onTestFinished, vi } from 'vitest'
import { timers } from '../../lib/util/timers.js'

/** The functions below call what stands in the place of these now. */
const FAKED = {
  setTimeout: { setTimeout: (act, ms) => globalThis.setTimeout(act, ms) },
  clearTimeout: { clearTimeout: (timer) => globalThis.clearTimeout(timer) },
  setInterval: { setInterval: (act, ms) => globalThis.setInterval(act, ms) },
  clearInterval: { clearInterval: (timer) => globalThis.clearInterval(timer) },
  performance: { now: () => globalThis.performance.now() },
  Date: { systemTime: () => Date.now() },
} as const satisfies Record<string, Partial<typeof timers>>

/** Fakes timers of Vitest for the package, too, which otherwise keeps the real ones. Until the end of the test. */
export function fakeOwnTimers(toFake: readonly (keyof typeof FAKED)[], now?: number): void {
  const real = { ...timers }
  vi.useFakeTimers({ toFake: [...toFake], ...(now !== undefined && { now }) })
  for (const name of toFake) Object.assign(timers, FAKED[name])
  onTestFinished(() => {
    Object.assign(timers, real)
    vi.useRealTimers()
  })
}
