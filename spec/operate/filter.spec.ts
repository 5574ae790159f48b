import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManifestCatalogue } from '../../lib/jobs/loading/manifest-catalogue.js'
import type { RunReport, TaskCall, TaskHeader } from '../../lib/model/task-record.js'
import { taskHeader } from '../../lib/model/task-record.js'
import { FAILURE, QUEUED, RETRY, REVOKED, STARTED, SUCCESS } from '../../lib/model/task-state.js'
import { FILTER_NOTE } from '../../lib/cli/filter-words.js'
import { matchesTask } from '../../lib/operate/filter/match-task.js'
import { matchesPattern } from '../../lib/operate/filter/matches.js'
import { parseFilter } from '../../lib/operate/filter/parse-filter.js'
import { exactly, exactTerm, patternOf, patternValue } from '../../lib/operate/filter/quote-value.js'
import { prefilterOf } from '../../lib/operate/filter/prefilter-of.js'
import { DURATION_KEYS, MOMENT_KEYS, NUMBER_KEYS, PATH_KEYS, TEXT_KEYS } from '../../lib/operate/filter/terms.js'
import { TaskFacts } from '../../lib/operate/filter/task-facts.js'
import { SeenTask } from '../../lib/operate/seen-task.js'
import { Redaction } from '../../lib/model/redaction.js'
import { JsonSerializer } from '../../lib/serializers/json-serializer.js'
import { MsgpackSerializer } from '../../lib/serializers/msgpack-serializer.js'
import { encodeCall, encodeReport } from '../../lib/serializers/task-codec.js'

const NOW = Date.UTC(2026, 10, 25, 12)
const MINUTE = 60_000
const json = new JsonSerializer()
const msgpack = new MsgpackSerializer()

interface Given extends Partial<TaskHeader> {
  readonly call?: Partial<TaskCall>
  readonly report?: RunReport
  readonly hidden?: readonly string[]
}

const matches = (filter: string, { call, report, hidden = [], ...header }: Given): boolean => {
  const full = taskHeader({ id: 'i1', queue: 'mail', job: 'mail.send', priority: 4, queuedAt: NOW, ...header })
  const record = {
    header: full,
    body: encodeCall(json, { job: full.job, ...call }),
    outcome: report === undefined ? null : encodeReport(json, report),
    progress: null,
  }
  const jobs = new ManifestCatalogue({ version: 1, jobs: {} })
  const parts = { serializer: json, jobs, redaction: new Redaction(hidden) }
  return matchesTask(parseFilter(filter).terms, new TaskFacts(new SeenTask(parts, record), NOW))
}

describe('a filter', () => {
  it.each<[filter: string, given: Given, isMatch: boolean]>([
    ['', {}, true],
    ['queue:mail', {}, true],
    ['queue:post', {}, false],
    ['queue:post,mail', {}, true],
    ['job:mail.*', {}, true],
    ['job:*.send', {}, true],
    ['job:m*l.s*d', {}, true],
    ['job:mail', {}, false],
    ['-job:mail.*', {}, false],
    ['job:"mail.*"', {}, false],
    ['id:i1', {}, true],
    ['tag:red', { tags: ['blue', 'red'] }, true],
    ['-tag:red', { tags: ['blue'] }, true],
    ['tag:"a b"', { tags: ['a b'] }, true],
    ["tag:'a,b'", { tags: ['a,b'] }, true],
    ['state:ready', {}, true],
    ['state:delayed', { dueAt: NOW + 1 }, true],
    ['state:ready', { dueAt: NOW + 1 }, false],
    ['state:held', { status: STARTED, startedAt: NOW }, true],
    ['state:running', { status: STARTED }, true],
    ['state:live', { status: STARTED }, true],
    ['state:live', { status: SUCCESS }, false],
    ['state:failed', { status: REVOKED }, true],
    ['state:failure', { status: REVOKED }, false],
    ['state:revoked', { status: REVOKED }, true],
    ['state:FAILED', { status: FAILURE }, true],
    ['state:done', { status: SUCCESS }, true],
    ['state:retry', { status: RETRY }, true],
    ['state:retry', { status: QUEUED }, false],
    ['worker:web-1', { status: STARTED, worker: 'web-1~0011aabb~1' }, true],
    ['worker:web-*', { status: STARTED, worker: 'web-1~0011aabb~1' }, true],
    ['worker:*', {}, false],
    ['args.customer:42', { call: { args: { customer: 42 } } }, true],
    ['args.customer:42', { call: { args: { customer: '42' } } }, true],
    ['args.customer:42', { call: { args: { customer: 421 } } }, false],
    ['args.customer:42,43', { call: { args: { customer: 43 } } }, true],
    ['args.n:9007199254740993', { call: { args: { n: 9007199254740993n } } }, true],
    ['args.to.name:Ann*', { call: { args: { to: { name: 'Ann Lee' } } } }, true],
    ['args.to.name:"Ann Lee"', { call: { args: { to: { name: 'Ann Lee' } } } }, true],
    ['args.to:b', { call: { args: { to: ['a', 'b'] } } }, true],
    ['args.to.1:b', { call: { args: { to: ['a', 'b'] } } }, true],
    ['args.to.0:b', { call: { args: { to: ['a', 'b'] } } }, false],
    ['args.to.name:b', { call: { args: { to: [{ name: 'a' }, { name: 'b' }] } } }, true],
    ['args.ok:true', { call: { args: { ok: true } } }, true],
    ['args.ok:null', { call: { args: { ok: null } } }, true],
    ['args.at:2026-11-25T12:00:00.000Z', { call: { args: { at: new Date(NOW) } } }, true],
    ['args.to:*', { call: { args: { to: { name: 'a' } } } }, true],
    ['args.to:*', { call: { args: {} } }, false],
    ['args.constructor:*', { call: { args: {} } }, false],
    ['args.password:secret', { call: { args: { password: 'secret' } }, hidden: ['password'] }, false],
    ['meta.user:ada', { call: { meta: { user: 'ada' } } }, true],
    ['result.total:10', { status: SUCCESS, report: { result: { total: 10 } } }, true],
    ['error:ECONNRESET', { status: FAILURE, report: { error: 'read ECONNRESET' } }, true],
    ['error:timeout', { status: FAILURE, report: { error: 'read ECONNRESET' } }, false],
    ['error:read*RESET', { status: FAILURE, report: { error: 'could not read: ECONNRESET' } }, true],
    ['priority:>=5', { priority: 5 }, true],
    ['priority:>5', { priority: 5 }, false],
    ['priority:0,9', { priority: 9 }, true],
    ['run:>1', { runs: 2 }, true],
    ['ran:>30s', { status: SUCCESS, startedAt: NOW - MINUTE, endedAt: NOW - 29_000 }, true],
    ['ran:>30s', { status: STARTED, startedAt: NOW - 29_000 }, false],
    ['ran:<1', { status: SUCCESS, startedAt: NOW - 999, endedAt: NOW }, true],
    ['ran:>0s', {}, false],
    ['waited:>1m', { dueAt: NOW - 61_000, queuedAt: NOW - 61_000 }, true],
    ['waited:>1m', { dueAt: NOW - 61_000, status: STARTED, startedAt: NOW - 2_000 }, false],
    ['since:2h', { queuedAt: NOW - 60 * MINUTE }, true],
    ['since:2h', { queuedAt: NOW - 180 * MINUTE }, false],
    ['since:2h', { queuedAt: NOW - 180 * MINUTE, status: SUCCESS, endedAt: NOW - MINUTE }, true],
    ['until:2026-11-25T11:00Z', { queuedAt: NOW }, false],
    ['state:failed job:mail.* -tag:test error:no', { status: FAILURE, report: { error: 'no luck' } }, true],
    ['state:failed job:mail.* -tag:test', { status: FAILURE, tags: ['test'] }, false],
  ])('%s of %o: %s', (filter, given, isMatch) => {
    expect(matches(filter, given)).toBe(isMatch)
  })

  it('has each of its keys in the help of the commands', () => {
    for (const key of ['state', ...TEXT_KEYS, ...NUMBER_KEYS, ...DURATION_KEYS, ...MOMENT_KEYS]) {
      expect(FILTER_NOTE).toMatch(new RegExp(`\\b${key}:`))
    }
    for (const key of PATH_KEYS) expect(FILTER_NOTE).toContain(` ${key}.<path>:`)
  })

  it.each<[filter: string, message: string]>([
    ['stat:failed', 'did you mean state:?'],
    ['jobs:x', 'did you mean job:?'],
    ['arg.customer:4', 'did you mean args.customer:?'],
    ['arg:4', 'did you mean args.<path>:?'],
    ['arg..x:4', 'did you mean args.<path>:?'],
    ['state:faild', 'did you mean failed?'],
    ['state:nowhere', 'expected a state (ready, delayed,'],
    ['mail.send state:failed', 'write id:mail.send or job:mail.send'],
    ['-huge-list', 'write id:-huge-list or job:-huge-list'],
    ['job:', 'expected a value behind job:'],
    ['args:4', 'expected a path such as args.customer'],
    ['args..x:4', 'expected a path such as args.customer'],
    ['priority:high', 'expected a whole number, or a comparison such as >=5'],
    ['ran:soon', 'expected a duration such as 30s or 5m'],
    ['since:yesterday', 'expected a duration such as 2h, or a date'],
    ['since:1h,2h', 'expected one moment'],
    ['job:"mail', 'expected a closing "'],
  ])('that cannot be read, %s, says what fits', (filter, message) => {
    expect(() => parseFilter(filter)).toThrow(message)
    expect(() => parseFilter(filter)).toThrow(expect.objectContaining({ code: 'PQ_INVALID_FILTER' }) as Error)
  })

  it('is the id of a task where it is a single word, as it is pasted', () => {
    for (const text of ['huge-list', ' huge-list\n', 'i24ab9~2', 'report*'])
      expect(parseFilter(text)).toEqual(parseFilter(`id:${text.trim()}`))
    expect(parseFilter('huge-list').text).toBe('id:huge-list')
    expect(matches('i1', {})).toBe(true)
    expect(matches('i2', {})).toBe(false)
  })

  it('can be an object, which has a text', () => {
    const filter = {
      state: 'failed',
      job: ['mail.*', 'post "x"'],
      args: { 'customer.id': 42, name: 'Ann Lee*' },
      priority: '>=5',
      not: { tag: 'test' },
    }
    const { text } = parseFilter(filter)
    expect(text).toBe(
      'state:failed job:mail.*,"post \\"x\\"" args.customer.id:42 args.name:"Ann Lee"* priority:>=5 -tag:test',
    )
    expect(parseFilter(text).terms).toEqual(parseFilter(filter).terms)
    expect(() => parseFilter({ job: {} as string })).toThrow('expected a text, a number or a boolean in "job"')
    expect(() => parseFilter({ jop: 'x' } as object)).toThrow('did you mean job:?')
  })

  it('can be an object with any path', () => {
    const call = { args: { 'a b': 1, 'x:y': { '"q"': ['z'] }, '*': 2 } }
    for (const args of [{ 'a b': 1 }, { 'x:y."q"': 'z' }, { '*': 2 }]) {
      expect(matches(parseFilter({ args }).text, { call })).toBe(true)
      expect(matches(parseFilter({ not: { args } }).text, { call })).toBe(false)
    }
    expect(matches(parseFilter({ args: { 'a b': 2 } }).text, { call })).toBe(false)
  })

  it.each<[pattern: (string | null)[], text: string, isMatch: boolean]>([
    [['a', null, 'a'], 'a', false],
    [['a', null, 'a'], 'aa', true],
    [[null, 'ab', null, 'ab'], 'ab', false],
    [[null, 'ab', null, 'ab'], 'abxab', true],
    [[null], '', true],
    [['a', null], 'ba', false],
    [[null, 'a'], 'aab', false],
  ])('compares the pattern %j with %j: %s', (pattern, text, isMatch) => {
    expect(matchesPattern(pattern, text)).toBe(isMatch)
  })
})

describe('the prefilter of a filter', () => {
  const tokens = (word: string) => [
    `:${word},`,
    `:${word}}`,
    `[${word},`,
    `[${word}]`,
    `,${word},`,
    `,${word}]`,
    `"${word}"`,
  ]
  const of = (filter: string) => prefilterOf(parseFilter(filter).terms, json)

  it('has jobs and tags that are named, and the texts that a match contains in either encoding', () => {
    expect(of('job:a,b tag:x args.to:Ann error:no')).toEqual({
      jobs: ['a', 'b'],
      tags: ['x'],
      needles: [
        { anyOf: ['Ann'], isForJson: false },
        { anyOf: ['no'], isForJson: false },
      ],
    })
    expect(of('args.to:"a\\"b",c*').needles).toEqual([{ anyOf: ['a"b', 'a\\"b', 'c'], isForJson: true }])
  })

  it('lets bodies that are no JSON pass for numbers, and all bodies for dates and stars', () => {
    expect(of('args.n:42').needles).toEqual([{ anyOf: tokens('42'), isForJson: true }])
    expect(of('args.ok:true').needles).toEqual([{ anyOf: tokens('true'), isForJson: true }])
    expect(of('args.at:2026-11-25T12:00:00.000Z').needles).toEqual([])
    expect(of('args.to:* -args.to:x job:mail.* -tag:y')).toEqual({ jobs: null, tags: null, needles: [] })
  })

  it('does not look into payloads of an own serializer', () => {
    class Own extends JsonSerializer {}
    expect(prefilterOf(parseFilter('args.to:Ann').terms, new Own()).needles).toEqual([])
    expect(prefilterOf(parseFilter('args.to:Ann').terms, msgpack).needles).toHaveLength(1)
  })

  it.each([json, msgpack])('never keeps back a task that matches, in $name', (serializer) => {
    const values = ['Ann', 'a"b\\c', 'ä€😀', 42, -1.5, 1e21, 12n, true, null, 'x/y', 'tab\there']
    for (const value of values) {
      const { needles } = prefilterOf(parseFilter({ args: { v: value } }).terms, serializer)
      for (const v of [value, [value], [0, value], [value, 0], [0, value, 0], new Set([value])]) {
        for (const args of [{ v }, { v, w: 0 }]) {
          const body = Buffer.from(encodeCall(serializer, { job: 'job', args }) as string)
          for (const { anyOf, isForJson } of needles) {
            const isFree = isForJson && body[0] !== 0x7b
            const isKept = isFree || anyOf.some((needle) => body.includes(needle as string))
            expect([value, v, isKept]).toEqual([value, v, true])
          }
        }
      }
    }
  })
})

describe('what redact names', () => {
  it('is hidden at any depth, by its name or the end of its path', () => {
    const redaction = new Redaction(['password', 'card.*'])
    const value = { password: 'x', to: [{ password: 'y', name: 'Ann' }], card: { number: 1, cvc: 2 }, cards: 3 }
    expect(redaction.of(value)).toEqual({
      password: '[redacted]',
      to: [{ password: '[redacted]', name: 'Ann' }],
      card: { number: '[redacted]', cvc: '[redacted]' },
      cards: 3,
    })
    expect(redaction.of(new Map([['password', 1]]))).toEqual(new Map([['password', '[redacted]']]))
    expect(value.password).toBe('x')
    expect(new Redaction([]).of(value)).toBe(value)
  })
})

/** Texts with what a filter gives a meaning. */
const odd = fc.string({
  unit: fc.constantFrom('a', 'B', ' ', '*', ',', '"', "'", '\\', ':', '-', '=', '\t', '🎉'),
  maxLength: 8,
})
const patternsOf = (filter: string): unknown => {
  const { terms } = parseFilter(filter)
  return terms.map((term) => ('patterns' in term ? term.patterns : null))
}

describe('a text in a filter', () => {
  it('stands for itself, whatever is in it, also beside other values and terms', () => {
    fc.assert(
      fc.property(odd, odd, (a, b) => {
        expect(patternsOf(`id:${exactly(a)},${exactly(b)} -queue:${exactly(a)}`)).toEqual([[[a], [b]], [[a]]])
      }),
    )
  })

  it('can be a term of its own, which names nothing else', () => {
    fc.assert(
      fc.property(odd, odd, (a, b) => {
        expect(patternsOf(`${exactTerm('queue', a)} ${exactTerm('id', b, a)}`)).toEqual([[[a]], [[b], [a]]])
      }),
    )
  })

  it('is a pattern where its stars keep their meaning, the same as the filter reads', () => {
    fc.assert(
      fc.property(odd, odd, (a, b) => {
        expect(patternsOf(`queue:${patternValue(a)},${patternValue(b)}`)).toEqual([[patternOf(a), patternOf(b)]])
        expect(parseFilter({ queue: [a, b] }).text).toBe(`queue:${patternValue(a)},${patternValue(b)}`)
      }),
    )
    expect(matchesPattern(patternOf('my mail*'), 'my mail box')).toBe(true)
    expect(matchesPattern(patternOf('my mail*'), 'my')).toBe(false)
  })
})

describe('a comparison', () => {
  const ONLY = 'only priority, run, ran, waited compare'
  it.each<readonly [filter: string, says: string]>([
    ...['queue', 'job', 'id', 'tag', 'problem', 'worker'].flatMap((key) =>
      ['<3', '>1', '<=a', '=5', '!=a', 'b,>c'].map((value) => [`${key}:${value}`, ONLY] as const),
    ),
    ...['error', 'args.n', 'meta.size', 'result.n'].flatMap((key) =>
      ['<3', '>-1', '<=a', '=5', '!=a', '1,>=2.5'].map((value) => [`${key}:${value}`, ONLY] as const),
    ),
    ['-meta.size:>10', ONLY],
    ['state:<3', 'expected a state (ready'],
    ['since:>2h', 'since: and until: say the direction themselves'],
    ['until:<2h', 'since: and until: say the direction themselves'],
    ['priority:>a', 'expected a whole number, or a comparison such as >=5'],
    ['run:<a', 'expected a whole number, or a comparison such as >=5'],
    ['ran:>a', 'expected a duration such as 30s'],
    ['waited:<=a', 'expected a duration such as 30s'],
  ])('of what does not compare is refused, and told what to do: %s', (filter, says) => {
    expect(() => parseFilter(filter)).toThrow(says)
    expect(() => parseFilter(filter)).toThrow(expect.objectContaining({ code: 'PQ_INVALID_FILTER' }) as Error)
  })

  it('says how the text itself is written', () => {
    expect(() => parseFilter('job:<3*')).toThrow(
      'filter: expected values of job, or patterns with * in "job:<3*", got the comparison <3*; ' +
        'only priority, run, ran, waited compare; for the text itself write job:"<3"*',
    )
  })

  it('is the text itself in quotes, in an object, and in a payload or an error where no number follows', () => {
    const task = { call: { args: { n: '<3' } } } as Given
    expect(matches('args.n:"<3"', task)).toBe(true)
    expect(matches('tag:"<"*', { tags: ['<3'] })).toBe(true)
    expect(parseFilter({ args: { n: '<3' }, tag: '>1*', job: '!=x' }).terms).toMatchObject([
      { patterns: [['<3']] },
      { patterns: [['>1', null]] },
      { patterns: [['!=x']] },
    ])
    expect(parseFilter({ priority: '>=5', ran: '<3s' }).text).toBe('priority:>=5 ran:<3s')
    expect(parseFilter('args.n:<b>* error:<html>').terms).toMatchObject([
      { patterns: [['<b>', null]] },
      { patterns: [['<html>']] },
    ])
    expect(parseFilter(exactTerm('queue', '<=a', '=b')).terms).toMatchObject([{ patterns: [['<=a'], ['=b']] }])
  })
})
