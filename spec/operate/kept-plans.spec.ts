import { InvalidOptionError } from 'pulsar-queue'
import type { Plan } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { KeptPlans } from '../../lib/operate/kept-plans.js'

const OWNER = { user: 'ada', filter: '' }
const planOf = (count: number): Plan => ({
  ...{ act: 'drop', filter: 'tag:test', count, sample: [], byJob: [], oldest: null, looked: count, isCut: false },
})

describe('plans that wait to be confirmed', () => {
  it('have a million tasks together at most, the latest plan always among them', () => {
    const plans = new KeptPlans()
    const [first, second] = [plans.keep(planOf(400_000), OWNER), plans.keep(planOf(400_000), OWNER)]
    expect(plans.get(first, OWNER).count).toBe(400_000)
    const third = plans.keep(planOf(600_000), OWNER)
    expect(() => plans.get(first, OWNER)).toThrow('plan the act again')
    expect([plans.get(second, OWNER).count, plans.get(third, OWNER).count]).toEqual([400_000, 600_000])
    const huge = plans.keep(planOf(2_000_000), OWNER)
    expect(plans.get(huge, OWNER).count).toBe(2_000_000)
    expect(() => plans.get(third, OWNER)).toThrow('plan the act again')
  })

  it('are carried out once, and again only where the act has refused what it was given', async () => {
    const plans = new KeptPlans()
    const id = plans.keep(planOf(1), OWNER)
    const refusal = new InvalidOptionError('queue', 'a name', 'nothing')
    await expect(
      plans.once(id, async () => {
        expect(() => plans.get(id, OWNER)).toThrow('was carried out')
        return await Promise.reject(refusal)
      }),
    ).rejects.toBe(refusal)
    expect(plans.get(id, OWNER).count).toBe(1)
    await expect(plans.once(id, async () => await Promise.reject(new Error('cut off')))).rejects.toThrow('cut off')
    expect(() => plans.get(id, OWNER)).toThrow('was carried out')
  })
})
