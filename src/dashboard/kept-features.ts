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
    keptOrNull(control.problems({ queue: DEFAULT_QUEUE })),
    keptOrNull(control.jobs({ queue: DEFAULT_QUEUE, over: 1 })),
  ])
  return { problems: problems !== null, series: series !== null }
}
