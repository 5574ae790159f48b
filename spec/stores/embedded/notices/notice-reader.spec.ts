import { describe, expect, it } from 'vitest'
import { decodeNotice, encodeNotice } from '../../../../lib/stores/embedded/notices/notice-reader.js'
import type { Notice } from '../../../../lib/stores/embedded/notices/receivers.js'

describe('a notice between two processes', () => {
  const BRACE = '{'.charCodeAt(0)
  const notice = (message: unknown, kind: Notice['kind'] = 'inbox'): Notice => ({
    kind,
    name: 'n',
    messages: [message],
  })

  it.each([
    ['texts of any characters', { id: 'a', body: '{"a":"é \\ud800 \u0000 \u2028 😀"}', none: null }],
    ['numbers, booleans and lists', { at: 1_795_000_000_000, half: -0.5, is: true, tags: ['x', []] }],
  ])('is JSON where it holds %s, and arrives as it was', (_, message) => {
    const encoded = encodeNotice(notice(message))
    expect(encoded[0]).toBe(BRACE)
    expect(decodeNotice(encoded)).toEqual(notice(message))
  })

  it.each([
    ['bytes', { body: Buffer.from([0, 255, 123]) }],
    ['what JSON has not', { at: Number.NaN, of: undefined, day: new Date(0), big: 1n }],
    ['an object of a class', { error: new RangeError('no') }],
  ])('is no JSON where it holds %s, and arrives as it was', (_, message) => {
    const encoded = encodeNotice(notice(message))
    expect(encoded[0]).not.toBe(BRACE)
    const decoded = decodeNotice(encoded)
    expect(decoded?.messages.map((each) => Object.keys(each as object))).toEqual([Object.keys(message)])
    if ('body' in message) expect(Buffer.from((decoded?.messages[0] as typeof message).body)).toEqual(message.body)
    else expect(decoded).toEqual(notice(message))
  })

  it('is no JSON where a user may have made it, with cycles and all', () => {
    const message: Record<string, unknown> = {}
    message['self'] = message
    const encoded = encodeNotice(notice(message, 'channel'))
    const decoded = decodeNotice(encoded)?.messages[0] as typeof message
    expect(decoded['self']).toBe(decoded)
  })

  it('is none where it cannot be read', () => {
    expect(decodeNotice(Buffer.from('{"kind":'))).toBeNull()
    expect(decodeNotice(Buffer.from('{"messages":[]}'))).toBeNull()
    expect(decodeNotice(Buffer.from([1, 2, 3]))).toBeNull()
  })
})
