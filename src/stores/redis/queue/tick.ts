import type { LastTicks, Tick, TickReply } from '../../broker.js'
import type { Argument } from '../layout/arguments.js'
import { taskArguments } from '../layout/task-arguments.js'

/** What `tick.lua` is given after its head. */
export function tickArguments({ job, expected, at, task }: Tick): Argument[] {
  const head = [job, expected === null ? '' : String(expected), String(at)]
  return task === null ? head : [...head, ...taskArguments(task, 0)]
}

/** Reads what `tick.lua` answers, or `queue.lua` behind it: that one's third part is empty. */
export function tickReply(reply: unknown, at: number): TickReply {
  const [queued, second, third] = reply as [number, Buffer, Buffer]
  if (third.length === 0) return { queued: queued === 1, last: at, now: Number(second) }
  return { queued: queued === 1, last: timeOf(second), now: Number(third) }
}

/** Reads what `ticks.lua` answers. */
export function lastTicksReply(reply: unknown): LastTicks {
  const [now, ...last] = reply as Buffer[]
  return { last: last.map(timeOf), now: Number(now) }
}

function timeOf(part: Buffer): number | null {
  return part.length === 0 ? null : Number(part)
}
