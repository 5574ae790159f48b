import { expect, it } from 'vitest'
import { PermitKeeper } from '../../lib/locks/permit-keeper.js'
import { EmbeddedPermitStore } from '../../lib/stores/embedded/embedded-permit-store.js'
import { sharedClock } from '../../lib/util/clock.js'
import { KeptLogger } from '../support/kept-logger.js'

const TTL = 600_000

it('the renewal of locks that fails is over when no lock that is still held fails', async () => {
  const logger = new KeptLogger()
  const store = new EmbeddedPermitStore('embedded::memory:renewal-outage')
  const keeper = new PermitKeeper(store, TTL, logger)
  const a = { name: 'a', holder: 'x', fence: 1, max: 1 }
  const b = { name: 'b', holder: 'x', fence: 1, max: 1 }
  for (const permit of [a, b]) keeper.keep(permit, sharedClock(), () => undefined)
  keeper.failed('a', 'away')
  keeper.renewed('b')
  keeper.failed('a', 'still away')
  keeper.drop(a)
  // The answer of a renewal that was under way.
  keeper.failed('a', 'away for ever')
  keeper.renewed('b')
  keeper.close()
  await store.close()
  expect(logger.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
    'warn: locks could not be renewed, will try again: away',
    'debug: locks could not be renewed, will try again: still away',
    'info: locks are renewed again',
  ])
})
