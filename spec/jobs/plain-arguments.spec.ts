import { describe, expect, it } from 'vitest'
import { checkArguments } from '../../lib/jobs/arguments/check-arguments.js'
import { plainArguments } from '../../lib/jobs/arguments/plain-arguments.js'
import type { ParameterManifest } from '../../lib/model/manifest.js'

const PARAMETERS: readonly ParameterManifest[] = [
  { name: 'id', check: 'number' },
  { name: 'to', check: 'any' },
  { name: 'lines', check: { array: 'string' }, optional: true },
]

class Inherited {
  readonly id = 1
  readonly to = 'x'
}

const throws = Object.defineProperty({ id: 1 }, 'to', {
  enumerable: true,
  get: () => {
    throw new Error('no')
  },
})

const withProto = JSON.parse('{"id":1,"to":"x","__proto__":{"lines":["a"]}}') as Record<string, unknown>

describe('arguments that are put in order in one pass', () => {
  it.each<[string, Record<string, unknown>, unknown[]]>([
    ['all', { lines: ['a'], to: 'x', id: 1 }, [1, 'x', ['a']]],
    ['without an optional one', { id: 1, to: null }, [1, null, undefined]],
  ])('are those that the full check gives: %s', (_, args, expected) => {
    expect(plainArguments(PARAMETERS, args)).toEqual(expected)
    const checked = checkArguments('job', PARAMETERS, args)
    expect(PARAMETERS.map(({ name }) => checked[name])).toEqual(expected)
  })

  it.each<[string, Record<string, unknown>]>([
    ['an unknown one', { id: 1, to: 'x', other: 1 }],
    ['an unknown one in place of an optional one', { id: 1, to: 'x', line: ['a'] }],
    ['a missing one', { id: 1 }],
    ['a missing one and an unknown one', { id: 1, other: 2 }],
    ['an undefined one', { id: 1, to: undefined }],
    ['an undefined optional one', { id: 1, to: 'x', lines: undefined }],
    ['one of a wrong type', { id: '1', to: 'x' }],
    ['a wrong value inside of one', { id: 1, to: 'x', lines: [1] }],
    ['a list', [1, 'x'] as unknown as Record<string, unknown>],
    ['members of a class', new Inherited() as unknown as Record<string, unknown>],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { id: 1, to: 'x' })],
    ['a member named __proto__', withProto],
    ['a getter that throws', throws],
  ])('are left to the full check: %s', (_, args) => {
    expect(plainArguments(PARAMETERS, args)).toBeNull()
  })
})
