import type { RegisteredJob } from '../jobs/define/registry.js'
import type { Clock } from '../util/clock.js'
import { SYSTEM_CLOCK } from '../util/clock.js'
import type { StoreFactory } from '../stores/register-broker.js'
import { loadStore } from '../stores/open-store.js'

/** The surroundings of an app, as far as they are not settings. Tests have others than production. */
export interface AppEnvironment {
  /** Loads the implementation for a store URL. */
  readonly loadStore: (url: string) => Promise<StoreFactory>
  /** The clock of the times that runs record in their tasks. */
  readonly clock: Clock
  /** The store's clock, where it is in this process; null: the store is asked for its time. */
  readonly storeClock: Clock | null
  /** Jobs beside those that `taskPaths` finds; null: none are named. */
  readonly jobs: readonly RegisteredJob[] | null
  /** Whether settings may come from the environment and from a configuration file that nobody named. */
  readonly readsSettings: boolean
  /** Whether jobs of every mode run on this process's event loop. */
  readonly isInline: boolean
}

/** The environment of an application. */
export const PRODUCTION: AppEnvironment = {
  loadStore,
  clock: SYSTEM_CLOCK,
  storeClock: null,
  jobs: null,
  readsSettings: true,
  isInline: false,
}
