import { collectGarbage } from './collect-garbage.js'
import { clearInterval, setInterval } from './timers.js'

/** Heap of which a collection takes a few hundredths of a second, bytes. */
const SMALL_HEAP = 64 * 1024 * 1024
/** Time without work after which a thread is idle, ms. */
const IDLE_AFTER = 1_000

let isBegun = false

/**
 * Has the garbage collected that loading modules has left: a third of the memory of a small process, which V8 would keep for as long
 * as the process makes few objects. Once a thread, when it first does nothing for a second: after a collection at the start,
 * the first tasks take more time. In a large heap that share does not pay for the pause.
 *
 * @param hasWorked - whether the thread works, or has worked since the last call
 */
export function collectLoadingGarbage(hasWorked: () => boolean): void {
  if (isBegun) return
  isBegun = true
  const looks = setInterval(() => {
    if (hasWorked()) return
    clearInterval(looks)
    if (process.memoryUsage().heapUsed <= SMALL_HEAP) void collectGarbage(() => undefined)
  }, IDLE_AFTER).unref()
}
