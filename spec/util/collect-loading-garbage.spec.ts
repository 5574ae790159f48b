import type { PerformanceEntry } from 'node:perf_hooks'
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { expect, it } from 'vitest'
import { collectLoadingGarbage } from '../../lib/util/collect-loading-garbage.js'
import { timers } from '../../lib/util/timers.js'

it('collects garbage once the thread has done nothing between two looks, and looks no more', async () => {
  const { setInterval, clearInterval } = timers
  const looks: (() => void)[] = []
  const timer = setInterval(() => undefined, 1_000_000)
  timers.setInterval = (look) => {
    looks.push(look)
    return timer
  }
  const cleared: unknown[] = []
  timers.clearInterval = (each) => {
    cleared.push(each)
    clearInterval(each)
  }
  try {
    let hasWorked = true
    collectLoadingGarbage(() => hasWorked)
    const [look] = looks
    look?.()
    expect(cleared).toEqual([])
    hasWorked = false
    const collected = new Promise<void>((resolve) => {
      const observer = new PerformanceObserver((list) => {
        if (list.getEntries().some(isMajor)) {
          observer.disconnect()
          resolve()
        }
      })
      observer.observe({ entryTypes: ['gc'] })
    })
    look?.()
    await collected
    expect(cleared).toEqual([timer])
    // Once in a thread.
    collectLoadingGarbage(() => false)
    expect(looks).toHaveLength(1)
  } finally {
    Object.assign(timers, { setInterval, clearInterval })
  }
})

/** Whether the whole heap was collected. */
function isMajor(entry: PerformanceEntry): boolean {
  const { detail } = entry as PerformanceEntry & { readonly detail?: unknown }
  return (detail as { readonly kind: number }).kind === constants.NODE_PERFORMANCE_GC_MAJOR
}
