import type { StoreFactory } from '../register-broker.js'
import { EmbeddedBroker } from './embedded-broker.js'
import { EmbeddedPermitStore } from './embedded-permit-store.js'
import { EmbeddedPubSub } from './embedded-pub-sub.js'

/** The engine of `embedded:` URLs. */
export const embeddedStore: StoreFactory = {
  broker: (url, options) => new EmbeddedBroker(url, undefined, options?.durability),
  pubsub: (url) => new EmbeddedPubSub(url),
  locks: (url) => new EmbeddedPermitStore(url),
}
