import { isPulsarError } from '../errors.js'
import { DEFAULT_QUEUE } from '../model/defaults.js'
import type { Control } from '../operate/control.js'
import { keptOrNull } from '../operate/kept-or-null.js'

/** What the store keeps beyond the tasks themselves. Pages that show nothing else are left out where it is missing. */
export interface KeptFeatures {
  readonly problems: boolean
  readonly series: boolean
}

/** One queue is looked at, however many there are. */
export async function keptFeatures(control: Control): Promise<KeptFeatures> {
  const [problems, series] = await Promise.all([
    isKept(control.problems({ queue: DEFAULT_QUEUE })),
    isKept(control.jobs({ queue: DEFAULT_QUEUE, over: 1 })),
  ])
  return { problems, series }
}

/** What is kept, and cannot be read in that queue, is shown of the others. */
async function isKept(looked: Promise<unknown>): Promise<boolean> {
  try {
    return (await keptOrNull(looked)) !== null
  } catch (error) {
    if (isPulsarError(error, 'PQ_BROKER_UNREACHABLE') || isPulsarError(error, 'PQ_CLOSED')) throw error
    return true
  }
}
