import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { errorMessage, errorStack, isError, toError } from '../../lib/util/thrown.js'
import { ODD_THROWS } from '../support/odd-throws.js'

describe('anything that was thrown', () => {
  it.each(Object.entries(ODD_THROWS))('has words: %s', (_name, [make, words]) => {
    expect(errorMessage(make())).toMatch(words)
    expect(toError(make())).toBeInstanceOf(Object)
    expect(['string', 'undefined']).toContain(typeof errorStack(make()))
  })

  it('is an error when another realm has made it', () => {
    const foreign: unknown = runInNewContext('new TypeError("elsewhere")')
    expect([isError(foreign), errorMessage(foreign)]).toEqual([true, 'elsewhere'])
  })

  it('speaks as its own class wants it to', () => {
    expect(errorMessage(new URL('http://localhost/x'))).toBe('http://localhost/x')
    expect(errorMessage([1, 2])).toBe('[ 1, 2 ]')
  })
})
