import type { RegisteredJob } from '../jobs/define/registry.js'
import type { Clock } from '../util/clock.js'
import { SYSTEM_CLOCK } from '../util/clock.js'
import type { StoreFactory } from '../stores/register-broker.js'
import { loadStore } from '../stores/open-store.js'

/** What an app takes from where it runs, rather than from its settings. A test gives other ones. */
export interface AppEnvironment {
  /** Loads what a store URL needs. */
  readonly loadStore: (url: string) => Promise<StoreFactory>
  /** Dates what tasks say of their runs. */
  readonly clock: Clock
  /** The store's clock, where it is at hand; null: the store is asked. */
  readonly storeClock: Clock | null
  /** Jobs besides those that `taskPaths` finds; null: nobody names any. */
  readonly jobs: readonly RegisteredJob[] | null
  /** Whether settings may come from the environment and from a configuration file that nobody named. */
  readonly readsSettings: boolean
  /** Whether jobs of every mode run on this process's event loop. */
  readonly isInline: boolean
}

/** What an application runs in. */
export const PRODUCTION: AppEnvironment = {
  loadStore,
  clock: SYSTEM_CLOCK,
  storeClock: null,
  jobs: null,
  readsSettings: true,
  isInline: false,
}
