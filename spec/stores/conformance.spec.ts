import { EmbeddedBroker } from '../../lib/stores/embedded/embedded-broker.js'
import { RedisBroker } from '../../lib/stores/redis/redis-broker.js'
import { STORES } from '../support/stores.js'
import { describeBroker } from './broker-conformance.js'

for (const { store, make } of STORES) {
  describeBroker(store, async () => {
    const { url, dispose } = await make()
    return { open: () => (store === 'redis' ? new RedisBroker(url) : new EmbeddedBroker(url)), dispose }
  })
}

describeBroker('embedded::memory:', async () => {
  // The store lives as long as someone has it open.
  const keeper = new EmbeddedBroker('embedded::memory:conformance')
  await keeper.connect()
  return {
    open: () => new EmbeddedBroker('embedded::memory:conformance'),
    dispose: async () => {
      await keeper.close()
    },
  }
})
