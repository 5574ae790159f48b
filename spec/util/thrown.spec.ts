import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { errorMessage, errorStack, isError, toError } from '../../lib/util/thrown.js'
import { ODD_THROWS } from '../support/odd-throws.js'

describe('a thrown value', () => {
  it.each(Object.entries(ODD_THROWS))('has a message: %s', (_name, [make, words]) => {
    expect(errorMessage(make())).toMatch(words)
    expect(toError(make())).toBeInstanceOf(Object)
    expect(['string', 'undefined']).toContain(typeof errorStack(make()))
  })

  it('is an error when it comes from another realm', () => {
    const foreign: unknown = runInNewContext('new TypeError("elsewhere")')
    expect([isError(foreign), errorMessage(foreign)]).toEqual([true, 'elsewhere'])
  })

  it('gives the text of its own toString', () => {
    expect(errorMessage(new URL('http://localhost/x'))).toBe('http://localhost/x')
    expect(errorMessage([1, 2])).toBe('[ 1, 2 ]')
  })
})
