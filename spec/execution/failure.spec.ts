import { describe, expect, it } from 'vitest'
import { readFailure } from '../../lib/execution/failure.js'
import { ODD_THROWS } from '../support/odd-throws.js'

describe('what is recorded of a failure', () => {
  it.each(Object.entries(ODD_THROWS))('has words and plain data: %s', (_name, [make, words]) => {
    const { error, details } = readFailure(make())
    expect(error).toMatch(words)
    expect(JSON.parse(JSON.stringify(details))).toEqual(details)
    expect(structuredClone(details)).toEqual(details)
  })

  it('tells the causes of an error, with their stacks', () => {
    const root = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED', port: 9 })
    const failure = readFailure(new TypeError('fetch failed', { cause: new Error('no route', { cause: root }) }))
    expect(failure.error).toBe('fetch failed; caused by: no route; caused by: connect ECONNREFUSED 127.0.0.1:9')
    expect(failure.stack).toMatch(
      /^TypeError: fetch failed\n[^]*\nCaused by: Error: no route\n[^]*\nCaused by: Error: conn/,
    )
    expect(failure.details).toEqual({
      name: 'TypeError',
      message: 'fetch failed',
      cause: {
        name: 'Error',
        message: 'no route',
        cause: {
          name: 'Error',
          message: 'connect ECONNREFUSED 127.0.0.1:9',
          code: 'ECONNREFUSED',
          data: { port: 9 },
        },
      },
    })
  })

  it('has no password of a URL, in words, stacks and data', () => {
    const url = 'postgres://me:s3cret@db:5432/app'
    const cause = Object.assign(new Error(`cannot reach ${url}, nor redis://:s3cret@10.0.0.7`), { config: { url } })
    const failure = readFailure(new Error('no store', { cause }))
    expect(failure.error).toContain('cannot reach postgres://me:***@db:5432/app, nor redis://:***@10.0.0.7')
    expect(JSON.stringify(failure)).not.toContain('s3cret')
    const plain = 'at https://example.org:8080/a@b: see file:///app/node_modules/@scope/x.js:1:2'
    expect(readFailure(new Error(plain)).error).toBe(plain)
  })

  it('has no password of a URL either where the text was too long, and is cut in the middle of the URL', () => {
    for (let before = 9_940; before < 10_000; before++) {
      const text = `${'x'.repeat(before)} postgres://me:s3cret@db:5432/app`
      const { error, details } = readFailure(Object.assign(new Error(text), { url: text.slice(-1_030) }))
      expect(error).not.toContain('s3c')
      expect(JSON.stringify(details)).not.toContain('s3c')
    }
    const data = `${'x'.repeat(985)} postgres://me:s3cret@db:5432/app`
    expect(JSON.stringify(readFailure(Object.assign(new Error('x'), { data })))).not.toContain('s3c')
  })

  it('takes time in proportion to the length of a text', () => {
    // Where each character began another look at the rest, this would take minutes.
    const text = `${'a'.repeat(2_000_000)}://${'a:'.repeat(1_000_000)}`
    expect(readFailure(new Error(text)).error).toHaveLength(10_000)
  })

  it('tells the errors of an AggregateError, also of one without words', () => {
    const failure = readFailure(new AggregateError([new Error('::1 refused'), 'not even an error'], ''))
    expect(failure.error).toBe('AggregateError [::1 refused; not even an error]')
    expect(failure.stack).toContain('\nOne of its errors: Error: ::1 refused\n')
    expect(failure.details.errors).toEqual([
      { name: 'Error', message: '::1 refused' },
      { name: 'string', message: 'not even an error' },
    ])
  })

  it('repeats no message', () => {
    const cause = new Error('no such file')
    expect(readFailure(new Error('cannot load jobs.ts: no such file', { cause })).error).toBe(
      'cannot load jobs.ts: no such file',
    )
  })

  it('keeps the data of an error that everybody may read', () => {
    const error = Object.assign(new Error('503'), {
      status: 503,
      when: new Date(0),
      big: 5n,
      ratio: NaN,
      list: [1, undefined, { deep: true }],
      config: { url: 'http://localhost/', headers: { Authorization: 'Bearer x', accept: '*/*' }, adapter: () => 1 },
      sessionToken: 'x',
    })
    expect(readFailure(error).details.data).toEqual({
      status: 503,
      when: '1970-01-01T00:00:00.000Z',
      big: '5',
      ratio: 'NaN',
      list: [1, null, { deep: true }],
      config: { url: 'http://localhost/', headers: { Authorization: '[hidden]', accept: '*/*' } },
      sessionToken: '[hidden]',
    })
    expect(readFailure({ code: 'E404', path: '/x' }).details).toMatchObject({ code: 'E404', data: { path: '/x' } })
  })

  it('is bounded, however long the chain and however much each error carries', () => {
    const long = 'x'.repeat(100_000)
    const items = Array.from({ length: 10_000 }, () => long)
    let error = new Error(long)
    for (let i = 0; i < 100; i++) {
      error = Object.assign(new Error(`${String(i)} ${long}`, { cause: error }), { items })
    }
    const wide = new AggregateError(Array.from({ length: 10_000 }, () => error))
    expect(JSON.stringify(readFailure(wide)).length).toBeLessThan(500_000)
  })
})
