import { SeveralAppsError } from '../errors.js'

/** How an app serves: in worker processes, or in the process that was started. */
export type ServingMode = 'worker processes' | 'this process'

/** An app's place among those that the program has started. */
export interface ServingApp {
  /** Null until the settings are read. */
  mode: ServingMode | null
}

/**
 * The apps that this program serves, in the order of their `start()`. A worker process runs the program again, and would
 * start the other apps there, too: so an app with worker processes is the only one of its program. An app that was closed
 * counts, for a worker process starts it again; one that could not start does not.
 */
const serving: ServingApp[] = []

/** Enters an app, before its settings are read: the order of the calls is the same in each run of the program. */
export function enterServing(): ServingApp {
  const app: ServingApp = { mode: null }
  serving.push(app)
  return app
}

/** @throws {@link SeveralAppsError} where the program serves several apps, and one of them has worker processes */
export function claimServing(app: ServingApp, mode: ServingMode): void {
  const at = serving.indexOf(app)
  const conflict = serving.some((other, i) => {
    if (other === app) return false
    return mode === 'this process' ? other.mode === 'worker processes' : i < at || other.mode !== null
  })
  if (conflict) throw new SeveralAppsError()
  app.mode = mode
}

/** The app could not start. */
export function leaveServing(app: ServingApp): void {
  const at = serving.indexOf(app)
  if (at >= 0) serving.splice(at, 1)
}
