import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LoginLimit } from '../../lib/dashboard/auth/login-limit.js'
import { requestPlace, withAddress } from '../../lib/dashboard/request-address.js'
import { isPulsarError } from '../../lib/errors.js'
import { timers } from '../../lib/util/timers.js'

let now = 0
const real = timers.now

beforeEach(() => {
  now = 1_000
  timers.now = () => now
})
afterEach(() => {
  timers.now = real
})

/** The answer to an attempt, `wrong`, or how long to wait, ms. */
async function attempt(limit: LoginLimit, place: string, secret: string): Promise<string | number> {
  try {
    return (await limit.attempt(place, secret, () => (secret.startsWith('right') ? secret : null))) ?? 'wrong'
  } catch (error) {
    if (isPulsarError(error, 'PQ_TOO_MANY_ATTEMPTS')) return error.retryAfter
    throw error
  }
}

async function fail(limit: LoginLimit, place: string, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) expect(await attempt(limit, place, 'no')).toBe('wrong')
}

describe('the limit of attempts to log in', () => {
  it('counts those of a place that fail, and lets one more in after a time', async () => {
    const limit = new LoginLimit()
    await fail(limit, 'a', 10)
    expect(await attempt(limit, 'a', 'no')).toBe(10_000)
    // Whether it would have been right is not told.
    expect(await attempt(limit, 'a', 'right')).toBe(10_000)
    await fail(limit, 'b', 1)
    now += 4_000
    expect(await attempt(limit, 'a', 'no')).toBe(6_000)
    now += 6_000
    await fail(limit, 'a', 1)
    expect(await attempt(limit, 'a', 'no')).toBe(10_000)
    now += 3_600_000
    await fail(limit, 'a', 10)
    expect(await attempt(limit, 'a', 'no')).toBe(10_000)
  })

  it('counts those of all places', async () => {
    const limit = new LoginLimit()
    for (let place = 0; place < 10; place += 1) await fail(limit, String(place), 10)
    expect(await attempt(limit, 'another', 'no')).toBe(1_000)
    now += 1_000
    await fail(limit, 'another', 1)
  })

  it('does not count those that succeed, and lets in what was right before', async () => {
    const limit = new LoginLimit()
    for (let i = 0; i < 200; i += 1) expect(await attempt(limit, 'a', `right ${String(i)}`)).toBe(`right ${String(i)}`)
    await fail(limit, 'a', 10)
    expect(await attempt(limit, 'a', 'right 7')).toBe('right 7')
    expect(await attempt(limit, 'a', 'right, but never seen')).toBe(10_000)
  })

  it('counts attempts that run at the same time', async () => {
    const limit = new LoginLimit()
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, async () => await limit.attempt('a', 'no', async () => await Promise.resolve(null))),
    )
    expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(40)
  })
})

describe('the place of a request', () => {
  it.each([
    ['10.0.0.7', '10.0.0.7'],
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    [undefined, ''],
  ])('of %s is %s', (address, place) => {
    expect(requestPlace(withAddress(new Request('http://x/'), address))).toBe(place)
  })
})
