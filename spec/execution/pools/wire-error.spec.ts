import { serialize, deserialize } from 'node:v8'
import { NonRetryableError, isPulsarError } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { fromWireError, toWireError } from '../../../lib/execution/pools/wire-error.js'
import { ReleaseError } from '../../../lib/execution/run-result.js'
import type { WireError } from '../../../lib/execution/pools/wire-error.js'
import { errorMessage } from '../../../lib/util/thrown.js'
import { ODD_THROWS } from '../../support/odd-throws.js'

const carried = (thrown: unknown): unknown =>
  fromWireError(deserialize(serialize(structuredClone(toWireError(thrown)))) as WireError)

describe('what a thread or a child process throws', () => {
  it.each(Object.entries(ODD_THROWS))('arrives with its message: %s', (_name, [make, words]) => {
    expect(errorMessage(carried(make()))).toMatch(words)
  })

  it('arrives unchanged when it is plain data', () => {
    for (const value of ['text', undefined, null, 5n, { code: 'E404', list: [1] }])
      expect(carried(value)).toEqual(value)
  })

  it('keeps its name, data, causes and errors', () => {
    const cause = new TypeError('inner', { cause: 'innermost' })
    const first = Object.assign(new AggregateError([new Error('one')], 'several', { cause }), {
      headers: new Map([['retry-after', '1']]),
      request: { url: 'http://localhost/', send: () => 1 },
    })
    expect(carried(first)).toMatchObject({
      name: 'AggregateError',
      message: 'several',
      stack: first.stack,
      headers: new Map([['retry-after', '1']]),
      request: { url: 'http://localhost/' },
      errors: [{ message: 'one' }],
      cause: { name: 'TypeError', message: 'inner', cause: 'innermost' },
    })
  })

  it('keeps its code where its class is a subclass with a name of its own', () => {
    class Fatal extends NonRetryableError {
      constructor(message: string) {
        super(message)
        this.name = 'Fatal'
      }
    }
    const error = carried(new Fatal('never again'))
    expect(error).toMatchObject({ name: 'Fatal', message: 'never again' })
    expect(isPulsarError(error, 'PQ_NON_RETRYABLE')).toBe(true)
  })

  it('stays a release on its way', () => {
    const error = carried(new ReleaseError('its thread died of another task', 5))
    expect(error).toBeInstanceOf(ReleaseError)
    expect(error).toMatchObject({ message: 'its thread died of another task', delay: 5 })
  })

  it('has no stack when the original had none', () => {
    expect(carried(Object.assign(new Error('bare'), { stack: undefined }))).toMatchObject({ stack: undefined })
  })
})
