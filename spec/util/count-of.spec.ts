import { expect, it } from 'vitest'
import { counted, countOf } from '../../lib/util/count-of.js'

it.each([0, 7, 999, 1_000, 12_345, 1_234_567, -1_000, -999, 0.5, 1_234.25, Number.MAX_SAFE_INTEGER])(
  'writes %d with its thousands apart, as English has it',
  (number) => {
    expect(counted(number)).toBe(number.toLocaleString('en-US', { maximumFractionDigits: 20 }))
  },
)

it('names one in the singular', () => {
  expect([countOf(0, 'task'), countOf(1, 'task'), countOf(2_000, 'task')]).toEqual(['0 tasks', '1 task', '2,000 tasks'])
})
