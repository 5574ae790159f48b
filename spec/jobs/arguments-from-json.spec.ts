import { describe, expect, it } from 'vitest'
import { argumentsFromJson } from '../../lib/jobs/arguments/arguments-from-json.js'
import { checkArguments } from '../../lib/jobs/arguments/check-arguments.js'
import { toJson } from '../../lib/serializers/to-json.js'
import type { Check } from '../../lib/model/manifest.js'

const types: Readonly<Record<string, Check>> = { Tree: { object: { at: 'date', 'left?': { ref: 'Tree' } } } }

/** A check, and a value that it asks for. */
const VALUES: readonly (readonly [check: Check, value: unknown])[] = [
  ['date', new Date('2026-11-25T10:20:30.456Z')],
  ['bigint', 12345678901234567890n],
  ['bytes', new Uint8Array([0, 1, 254, 255])],
  ['bytes', new Uint8Array()],
  [{ map: ['date', 'bigint'] }, new Map([[new Date(0), -3n]])],
  [{ set: 'bigint' }, new Set([1n, 2n])],
  [{ array: { tuple: ['date', 'string'], rest: 'bytes' } }, [[new Date(1), '2026-01-01', new Uint8Array([1])]]],
  [{ record: 'date' }, { a: new Date(2) }],
  [
    { object: { 'when?': 'date' }, rest: 'bigint' },
    { when: new Date(3), more: 4n },
  ],
  [{ ref: 'Tree' }, { at: new Date(4), left: { at: new Date(5) } }],
  [{ union: ['date', 'null'] }, new Date(6)],
  [{ union: ['string', 'date'] }, '2026-11-25T10:20:30.456Z'],
  ['any', '2026-11-25T10:20:30.456Z'],
  ['string', '5'],
]

describe('the arguments of a caller that has JSON alone', () => {
  it.each(VALUES)('are read in the form in which results are shown: %j', (check, value) => {
    const given = JSON.parse(toJson({ value })) as { value: unknown }
    expect(argumentsFromJson([{ name: 'value', check }], given, types)).toEqual({ value })
  })

  it.each<[Check, unknown]>([
    ['date', 'tomorrow'],
    ['date', '2026-13-45'],
    ['date', 5],
    ['bigint', '1.5'],
    ['bigint', 2 ** 60],
    ['bytes', 'a-b'],
    [{ map: ['string', 'number'] }, [['a']]],
    ['string', 5],
  ])('that have no such form are left to the check, which refuses them: %j', (check, value) => {
    const parameters = [{ name: 'value', check }]
    const read = argumentsFromJson(parameters, { value }, types)
    expect(read).toEqual({ value })
    expect(() => checkArguments('job', parameters, read, types)).toThrow(
      expect.objectContaining({ code: 'PQ_INVALID_ARGUMENTS' }),
    )
  })

  it('may have names that no parameter has', () => {
    expect(argumentsFromJson([], { ['__proto__']: 1, other: '2' })).toEqual({ ['__proto__']: 1, other: '2' })
  })
})
