import type { Alert } from '../../model/alert.js'
import type { CheckedRule } from '../../model/alert-rules.js'
import { errorMessage } from '../../util/thrown.js'
import { clearTimeout, pause, setTimeout } from '../../util/timers.js'
import type { ControlParts } from '../control-parts.js'
import { MANAGER } from './alert-state.js'
import { postAlert, RefusedAlert } from './post-alert.js'
import { runAlertCommand } from './run-alert-command.js'

/** Waits before the second and the third try, ms. */
export const WAITS: readonly number[] = [1_000, 5_000]
/** Time that a target has for one try, ms. */
const PATIENCE = 10_000

/**
 * Tells an alert to some of the targets of its rule, all at once, and a few times to one that fails.
 *
 * @param left - places of the targets, and {@link MANAGER}
 * @param stop - ends what goes on
 * @param waits - before each further try, ms
 * @returns those who were not told
 */
export async function tellAlert(
  { manager, logger }: Pick<ControlParts, 'manager' | 'logger'>,
  { notify }: CheckedRule,
  alert: Alert,
  left: readonly number[],
  stop: AbortSignal,
  waits = WAITS,
): Promise<number[]> {
  const tell = async (place: number): Promise<void> => {
    if (place === MANAGER) {
      await manager.alert(alert)
      return
    }
    const target = notify[place]
    if (target === undefined) return
    const late = new AbortController()
    const timer = setTimeout(() => {
      late.abort(new Error(`it has not ended within ${String(PATIENCE / 1_000)} s`))
    }, PATIENCE)
    const signal = AbortSignal.any([stop, late.signal])
    try {
      if ('webhook' in target) await postAlert(target, alert, signal)
      else await runAlertCommand(target, alert, signal)
    } finally {
      clearTimeout(timer)
    }
  }
  const isOver = (): boolean => stop.aborted
  /** @returns whether it need not be tried again */
  const tryOnce = async (place: number): Promise<boolean> => {
    try {
      await tell(place)
      return true
    } catch (error) {
      if (!isOver()) logger.warn(`an alert could not be told: ${errorMessage(error)}`)
      return error instanceof RefusedAlert
    }
  }
  const results = await Promise.all(
    left.map(async (place) => {
      for (const wait of [0, ...waits]) {
        if (wait > 0) await pause(wait, stop)
        if (isOver()) return false
        if (await tryOnce(place)) return true
      }
      return false
    }),
  )
  return left.filter((_, i) => results[i] !== true)
}
