import { it } from 'vitest'
import { startSentinels } from '../../../support/sentinel.js'
import { AWAY, goOnElsewhere, namesIn } from '../elsewhere.js'

it(`servers behind Sentinels that were all away for ${String(AWAY / 1_000)} s, and are back on other ports, are found by themselves; nothing is lost, doubled or left open`, async () => {
  const setUp = await startSentinels({ isKept: true })
  await goOnElsewhere({
    url: setUp.url,
    queues: ['mail', 'reports', 'images'],
    async connections() {
      const lists = await Promise.all(setUp.servers.map(async (server) => await setUp.client(server).client('LIST')))
      const atSentinels = await setUp.tellSentinels('CLIENT', 'LIST')
      // Connections to Sentinels have no name. Those of the Sentinels to each other have one.
      const unnamed = atSentinels.flatMap((list) => [...String(list).matchAll(/ name= /g)].map(() => 'to a Sentinel'))
      return [...lists.flatMap(namesIn), ...unnamed]
    },
    killAll: setUp.killAll,
    comeBackElsewhere: setUp.comeBackElsewhere,
    stop: setUp.stop,
  })
}, 240_000)
