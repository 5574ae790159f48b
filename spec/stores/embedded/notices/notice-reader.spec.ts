import { SUCCESS } from 'pulsar-queue'
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

  const HEADER = {
    id: 'a "1"',
    queue: 'q',
    job: 'jöb',
    tags: ['x', 'ü\u2028'],
    status: SUCCESS,
    priority: 4,
    runs: 1,
    crashes: 0,
    queuedAt: 1_795_000_000_000.5,
    dueAt: 1_795_000_000_001,
    startedAt: 0,
    endedAt: 2,
    worker: null,
  }
  const CLAIMED = {
    id: 'a',
    job: 'job',
    tags: ['t'],
    fence: 9_007_199_254_740_991,
    run: 1,
    crashes: 2,
    priority: 9,
    queuedAt: 3,
    dueAt: 4,
    claimedAt: 5,
    body: '{"a":"\ud800 é"}',
    claim: { seq: 6, inboxes: 'in\nbox' },
  }
  const ended = (...records: object[]): unknown => ({
    kind: 'done',
    tasks: records.map((record) => ({ id: HEADER.id, record })),
  })
  const handed = (...tasks: object[]): unknown => ({ kind: 'handed', queue: 'q', tasks, hasListeners: true })
  const RECORD = { header: HEADER, body: '{}', outcome: null, progress: '{"p":1}' }

  it.each<[string, Notice['kind'], unknown]>([
    ['tasks that have ended', 'inbox', ended(RECORD, { ...RECORD, outcome: '{"r":1}', progress: null })],
    ['tasks that were handed over', 'worker', handed(CLAIMED, { ...CLAIMED, tags: [] })],
  ])('is a list where it tells of %s, and arrives as it was', (_, kind, message) => {
    const encoded = encodeNotice(notice(message, kind))
    expect(encoded[0]).toBe('['.charCodeAt(0))
    expect(decodeNotice(encoded)).toEqual(notice(message, kind))
  })

  const OTHER_HEADER = {
    job: 'o',
    tags: ['x'],
    status: 'failure',
    priority: 5,
    runs: 2,
    crashes: 1,
    queuedAt: 1,
    dueAt: 2,
  }
  it.each(Object.entries({ ...OTHER_HEADER, startedAt: 3, endedAt: 4, worker: 'w' }))(
    'tells of the %s of each task that has ended',
    (name, value) => {
      const message = ended(RECORD, RECORD, { ...RECORD, header: { ...HEADER, [name]: value } }, RECORD)
      expect(decodeNotice(encodeNotice(notice(message)))).toEqual(notice(message))
    },
  )

  const OTHER_CLAIM = { job: 'o', tags: ['t', 'u'], fence: 7, run: 2, crashes: 0, priority: 1, queuedAt: 1, dueAt: 2 }
  it.each(Object.entries({ ...OTHER_CLAIM, claimedAt: 6, claim: { seq: 6, inboxes: null } }))(
    'tells of the %s of each task that was handed over',
    (name, value) => {
      const message = handed(CLAIMED, CLAIMED, { ...CLAIMED, [name]: value }, CLAIMED)
      expect(decodeNotice(encodeNotice(notice(message, 'worker')))).toEqual(notice(message, 'worker'))
    },
  )

  it('tells once what its tasks have in common', () => {
    const sizeOf = (count: number): number =>
      encodeNotice(notice(ended(...Array.from({ length: count }, () => RECORD)))).length
    const member = JSON.stringify([HEADER.id, RECORD.body, RECORD.outcome]).length - 1
    expect(sizeOf(101) - sizeOf(1)).toBe(100 * member)
  })

  it.each<[string, unknown]>([
    ['no list', 1],
    ['empty', []],
    ['too long', [...Array.from({ length: 12 }, () => 1), 'a', '{}', null, 'b']],
  ])('is none where a group of its tasks is %s', (_, group) => {
    expect(decodeNotice(Buffer.from(JSON.stringify([2, 'n', 'q', false, group])))).toBeNull()
  })

  it.each<[string, Notice['kind'], unknown]>([
    ['attempts', 'inbox', ended({ ...RECORD, attempts: [] })],
    ['no record', 'inbox', { kind: 'done', tasks: [{ id: 'a', record: null }] }],
    ['tasks of two queues', 'inbox', ended(RECORD, { ...RECORD, header: { ...HEADER, queue: 'other' } })],
    ['a member that few have', 'inbox', ended({ ...RECORD, header: { ...HEADER, unknownSince: 7 } })],
    ['the same of a claimed task', 'worker', handed({ ...CLAIMED, unknownSince: 7 })],
    ['a wake', 'worker', { kind: 'wake', queue: 'q' }],
  ])('is no list where it tells of %s, and arrives as it was', (_, kind, message) => {
    const encoded = encodeNotice(notice(message, kind))
    expect(encoded[0]).not.toBe('['.charCodeAt(0))
    expect(decodeNotice(encoded)).toEqual(notice(message, kind))
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
    expect(decodeNotice(Buffer.from('[1,"n","q",true,"one element"]'))).toBeNull()
    expect(decodeNotice(Buffer.from('[3,"n","q",true]'))).toBeNull()
  })
})
