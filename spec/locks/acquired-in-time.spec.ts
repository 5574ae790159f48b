import { expect, it } from 'vitest'
import { acquiredInTime } from '../../lib/locks/acquired-in-time.js'
import { EmbeddedPermitStore } from '../../lib/stores/embedded/embedded-permit-store.js'
import { deferred } from '../../lib/util/deferred.js'
import { until } from '../support/until.js'

const NAME = 'lock'
/** ms */
const TTL = 50

it('a permit whose answer comes after its time is asked for again: somebody else has it by then', async () => {
  const store = new EmbeddedPermitStore('embedded::memory:acquired-in-time')
  const acquire = async (holder: string, ttl = TTL) =>
    (await store.acquire(NAME, [{ holder, max: 1 }], ttl, 60_000)).answers[0]
  const asked = deferred<number | null>()
  // As when the process is stopped.
  const resumed = deferred<undefined>()
  let asks = 0
  const acquiring = acquiredInTime(TTL, async () => {
    asks += 1
    const answer = await acquire('stopped')
    asked.resolve(answer?.fence ?? null)
    if (asks === 1) await resumed.promise
    return answer
  })
  expect(await asked.promise).not.toBeNull()
  const isTaken = async () => (await acquire('other', 60_000))?.fence !== null
  await until('the permit to expire', async () => ((await isTaken()) ? true : undefined))
  resumed.resolve(undefined)
  const { answer } = await acquiring
  expect([asks, answer?.fence]).toEqual([2, null])
  await store.close()
})
