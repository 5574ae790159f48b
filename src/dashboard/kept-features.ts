import { isPulsarError } from '../errors.js'
import type { Control } from '../operate/control.js'

/** What the store keeps beyond the tasks themselves. Pages that show nothing else are left out where it is missing. */
export interface KeptFeatures {
  readonly problems: boolean
  readonly series: boolean
}

export async function keptFeatures(control: Control): Promise<KeptFeatures> {
  const [problems, series] = await Promise.all([
    isKept(async () => await control.problems()),
    isKept(async () => await control.jobs({ queue: 'default', over: 1 })),
  ])
  return { problems, series }
}

async function isKept(look: () => Promise<unknown>): Promise<boolean> {
  try {
    await look()
    return true
  } catch (error) {
    if (isPulsarError(error, 'PQ_NOT_KEPT')) return false
    throw error
  }
}
