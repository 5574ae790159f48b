import { collectGarbage } from './collect-garbage.js'

/** Heap of which a collection takes a few hundredths of a second, bytes. */
const SMALL_HEAP = 64 * 1024 * 1024

let isDone = false

/**
 * Has the garbage collected that loading modules has left: a third of the memory of a small process, which V8 would keep for as long
 * as the process makes few objects. Once a thread, at the end of its start. In a large heap that share does not pay for the pause.
 */
export function collectLoadingGarbage(): void {
  if (isDone) return
  isDone = true
  if (process.memoryUsage().heapUsed <= SMALL_HEAP) void collectGarbage(() => undefined)
}
