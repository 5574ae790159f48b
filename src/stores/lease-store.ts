import type { Broker } from './broker.js'
import type { PermitStore } from './permit-store.js'
import type { EngineOptions } from './register-broker.js'
import type { StoreOptions } from '../model/store-options.js'

/** The part of a broker that renews leases. */
export type LeaseStore = Pick<Broker, 'connect' | 'renew' | 'close'>

/** The part of an engine that renews leases and permits. A heartbeat thread loads no more of it: it has a heap of its own. */
export interface LeaseStoreFactory {
  broker(url: string, options?: EngineOptions): LeaseStore
  locks(url: string, options?: StoreOptions): PermitStore
}
