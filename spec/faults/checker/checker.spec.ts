import { describe, expect, it } from 'vitest'
import type { Event, RunEvent, SentEvent } from '../history/event.js'
import type { EndQueue, EndRecord, EndState, Rules } from './end-state.js'
import { judge } from './judge.js'

const RULES: Rules = { limits: { limited: 1 }, lease: 2_000, drainLimit: 5_000, crashCap: 3 }
const [SUCCESS, FAILURE, REVOKED, STARTED] = [1, 2, 3, 5]

type Unstamped = Event extends infer E ? (E extends Event ? Omit<E, 'at'> & { readonly at?: number } : never) : never

const sent = (id: string, more: Partial<SentEvent> = {}): Unstamped => ({
  ...{ e: 'sent', id, producer: 'p', job: 'job', queue: 'q', retries: 3, fails: 0 },
  ...more,
})
const acknowledged = (id: string): Unstamped => ({ e: 'acknowledged', id })
const run = (
  e: RunEvent['e'],
  id: string,
  fence: number,
  more: Partial<RunEvent & { at: number }> = {},
): Unstamped => ({
  ...{ e, id, job: 'job', fence, run: 1, pid: 1 },
  ...more,
})
const ended = (id: string, fence: number | null, status = SUCCESS): Unstamped => ({
  ...{ e: 'ended', id, status, run: 1, fence, endedAt: 5 },
})
const finished: Unstamped = { e: 'finished', producer: 'p' }
/** A task that was queued, ran once and succeeded. */
const whole = (id: string, fence: number): Unstamped[] => [
  ...[sent(id), acknowledged(id), run('started', id, fence), run('effect', id, fence)],
  ...[run('returned', id, fence), ended(id, fence)],
]
const record = (fence: number | null, more: Partial<EndRecord> = {}): EndRecord => ({
  ...{ status: SUCCESS, runs: 1, crashes: 0, endedAt: 5, fence },
  ...more,
})
const STATS = { queued: 1, succeeded: 1, failed: 0, revoked: 0, retried: 0, released: 0, reclaimed: 0 }
const queue = (stats: Partial<EndQueue['stats']> = {}, more: Partial<EndQueue> = {}): EndQueue => ({
  ...{ name: 'q', sizes: { ready: 0, delayed: 0, held: 0 }, stats: { ...STATS, ...stats }, leftOvers: [] },
  ...more,
})

/** Judges a history whose events are a ms apart, if they do not say when they happened. */
function violations(
  events: readonly Unstamped[],
  records: Readonly<Record<string, EndRecord>>,
  { queues = [queue()], drainedAt = 100, rules = {} }: Partial<EndState> & { rules?: Partial<Rules> } = {},
): readonly string[] {
  const history: Event[] = events.map((event, i) => ({ at: i, ...event }))
  const end = { queues, records: new Map(Object.entries(records)), drainedAt }
  return judge(history, end, { ...RULES, ...rules }).violations
}

/** A task whose worker dies. */
const interrupted: Unstamped[] = [
  { e: 'ready', pid: 1, slots: 5, queue: null, at: 0 },
  { ...sent('a'), at: 0 },
  run('started', 'a', 1, { at: 1 }),
]
const died = (pid: number, at: number): Unstamped => ({ e: 'died', pid, how: 'SIGKILL', at })
/** Another worker, which takes any task. */
const another: Unstamped[] = [{ e: 'ready', pid: 2, slots: 5, queue: null, at: 5 }]
/** A task whose workers have died twice runs in the end, by itself. */
const alone = (id: string, at: number): Unstamped[] => [
  run('started', id, 50, { pid: 3, at }),
  run('returned', id, 50, { pid: 3, at: at + 10 }),
]

/**
 * What the checker finds where the task of `interrupted` runs again so late.
 *
 * @param meanwhile - after its worker's death, in any order
 * @param second - the death of a worker in which it ran meanwhile, with tasks b and c
 */
function afterDeath(
  meanwhile: readonly Unstamped[],
  at: number,
  second: { readonly pid: number; readonly at: number } | null = null,
  job = 'job',
): readonly string[] {
  const others = ['b', 'c']
  const twice =
    second === null
      ? []
      : [
          ...others.flatMap((id) => [{ ...sent(id), at: 0 }, run('started', id, 2, { pid: 1, at: 2 })]),
          ...['a', ...others].map((id, i) => run('started', id, 30 + i, { pid: 2, at: second.at - 10 })),
          died(second.pid, second.at),
          { e: 'ready', pid: 3, slots: 5, queue: null, at: second.at + 1 } as Unstamped,
        ]
  const first = interrupted.map((event) => (event.e === 'sent' ? { ...event, job } : event))
  const events = [...first, died(1, 4), ...meanwhile, ...twice, run('started', 'a', 90, { pid: 3, at, job })]
  const sorted = events.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))
  return violations(sorted, {}, { drainedAt: at + 100, rules: { drainLimit: 1e6 } })
}

describe('the checker of histories', () => {
  it('finds nothing in a history where all went well', () => {
    expect(violations([...whole('a', 1), finished], { a: record(1) })).toEqual([])
  })

  it.each<[invariant: string, says: string, found: () => readonly string[]]>([
    ['I1', 'an acknowledged task that is unknown', () => violations(whole('a', 1), {})],
    [
      'I1',
      'a task without an end in a drained queue',
      () => violations([sent('a'), acknowledged('a')], { a: record(null, { status: STARTED }) }),
    ],
    [
      'I2',
      'two starts under one fence',
      () => violations([...whole('a', 1), run('started', 'a', 1)], { a: record(1) }),
    ],
    [
      'I2',
      'an outcome of a holder that had lost its lease',
      () =>
        violations(
          [sent('a'), acknowledged('a'), run('started', 'a', 1), run('started', 'a', 2)],
          { a: record(1) },
          {
            queues: [queue({ reclaimed: 1 })],
          },
        ),
    ],
    [
      'I3',
      'more starts than retries and redeliveries',
      () =>
        violations([...whole('a', 2).slice(0, 2), run('started', 'a', 1), run('started', 'a', 2)], { a: record(2) }),
    ],
    [
      'I3',
      'more runs than retries allow',
      () =>
        violations(
          [...whole('a', 1), run('started', 'a', 2, { run: 5 })],
          { a: record(2) },
          { queues: [queue({ retried: 9 })] },
        ),
    ],
    [
      'I3',
      'a redelivery where nothing has happened',
      () =>
        violations(
          [sent('a'), run('started', 'a', 1), run('started', 'a', 2)],
          { a: record(2) },
          {
            queues: [queue({ reclaimed: 1 })],
            rules: { noRedelivery: true },
          },
        ),
    ],
    [
      'I3',
      'a second start of which the first run was not told, also of a store that forgets what it has counted',
      () =>
        violations(
          [sent('a'), run('started', 'a', 1), run('returned', 'a', 1), run('started', 'a', 2), run('returned', 'a', 2)],
          { a: record(2) },
          { rules: { mayForget: true } },
        ),
    ],
    ['I4', 'an end that was seen otherwise', () => violations(whole('a', 1), { a: record(null, { status: FAILURE }) })],
    ['I4', 'an end that was recorded anew', () => violations(whole('a', 1), { a: record(1, { endedAt: 9 }) })],
    [
      'I4',
      'a failure after a success that was seen, also of a store that forgets its last writes',
      () =>
        violations(
          whole('a', 1),
          { a: record(null, { status: FAILURE }) },
          { rules: { mayForget: true, mayLose: true } },
        ),
    ],
    [
      'I4',
      'an end of an earlier run in place of one that was seen, also of a store that forgets its last writes',
      () => violations(whole('a', 2), { a: record(1) }, { rules: { mayForget: true, mayLose: true } }),
    ],
    [
      'I4',
      'a start after the end',
      () =>
        violations([...whole('a', 1), run('started', 'a', 2)], { a: record(1) }, { queues: [queue({ reclaimed: 1 })] }),
    ],
    [
      'I4',
      'a failure for no reason',
      () =>
        violations(
          [sent('a')],
          { a: record(null, { status: FAILURE }) },
          { queues: [queue({ succeeded: 0, failed: 1 })] },
        ),
    ],
    [
      'I4',
      'a revocation that nobody has asked for',
      () =>
        violations(
          [sent('a')],
          { a: record(null, { status: REVOKED }) },
          { queues: [queue({ succeeded: 0, revoked: 1 })] },
        ),
    ],
    [
      'I4',
      'a revocation that was taken back',
      () =>
        violations([sent('a'), { e: 'revoking', id: 'a' }, { e: 'revoked', id: 'a', changed: true }], { a: record(1) }),
    ],
    [
      'I5',
      'counters that do not add up',
      () => violations(whole('a', 1), { a: record(1) }, { queues: [queue({ failed: 1 })] }),
    ],
    [
      'I5',
      'fewer successes than records',
      () => violations(whole('a', 1), { a: record(1) }, { queues: [queue({ succeeded: 0, failed: 1 })] }),
    ],
    [
      'I6',
      'an id that was queued twice',
      () => violations(whole('a', 1), { a: record(1) }, { queues: [queue({ queued: 2, succeeded: 2 })] }),
    ],
    [
      'I7',
      'more runs at once than a limit allows',
      () =>
        violations(
          ['a', 'b'].flatMap((id, i) => [sent(id, { job: 'limited' }), run('started', id, i + 1, { job: 'limited' })]),
          { a: record(1), b: record(2) },
          { queues: [queue({ queued: 2, succeeded: 2 })] },
        ),
    ],
    [
      'I8',
      'a task that overtook another one of its line',
      () =>
        violations(
          [
            ...[1, 2].map((place) => sent(`t${String(place)}`, { place })),
            run('started', 't2', 1),
            run('started', 't1', 2),
          ],
          { t1: record(2), t2: record(1) },
          { queues: [queue({ queued: 2, succeeded: 2 })] },
        ),
    ],
    [
      'I9',
      'a tick that was queued twice',
      () =>
        violations(
          ['a', 'b'].map((id) => ({ e: 'tick', id, job: 'job', tick: 7 })),
          {},
          { queues: [] },
        ),
    ],
    [
      'I10',
      'a future that never settled',
      () => violations([...whole('a', 1).slice(0, -1), finished], { a: record(1) }),
    ],
    [
      'I10',
      'a future of an acknowledged task that was rejected',
      () =>
        violations([...whole('a', 1).slice(0, -1), { e: 'rejected', id: 'a', code: 'PQ_TASK_LOST' }, finished], {
          a: record(1),
        }),
    ],
    [
      'I11',
      'left-overs',
      () => violations(whole('a', 1), { a: record(1) }, { queues: [queue({}, { leftOvers: ['a lease'] })] }),
    ],
    ['I12', 'queues that never drained', () => violations(whole('a', 1), { a: record(1) }, { drainedAt: null })],
    [
      'I12',
      'queues that drained late',
      () => violations([...whole('a', 1), { e: 'lifted', name: 'x' }], { a: record(1) }, { drainedAt: 9_000 }),
    ],
    [
      'I12',
      'queues that drained late, though a producer has ended as it should long after the last fault',
      () =>
        violations(
          [...whole('a', 1), { e: 'lifted', name: 'x' }, { e: 'died', pid: 7, how: '0', at: 8_990 }],
          { a: record(1) },
          { drainedAt: 9_000 },
        ),
    ],
    ['I12', 'a task that waited for too long where a worker was free', () => afterDeath([...another], 80_000)],
    [
      'I12',
      'a task that waited for too long, and had returned before its worker died',
      () => afterDeath([run('returned', 'a', 1, { at: 2 }), ...another], 80_000),
    ],
    [
      'I12',
      'a suspect that waited for too long, alone, after the last one before it',
      () => afterDeath([...another, ...alone('b', 20_000)], 80_000, { pid: 2, at: 10_000 }),
    ],
    [
      'I12',
      'a task that never went on',
      () =>
        violations([...interrupted, died(1, 4), ...another, { e: 'stopped', at: 90_000 }], {
          a: record(null, { status: STARTED }),
        }),
    ],
  ])('finds a violation of %s: %s', (invariant, _says, found) => {
    expect(found().map((violation) => violation.split(':')[0])).toContain(invariant)
  })

  it.each<[says: string, found: () => readonly string[]]>([
    ['it has waited for no longer than lease, sweep and margin', () => afterDeath([...another], 10_900)],
    ['no worker was alive', () => afterDeath([{ e: 'ready', pid: 2, slots: 5, queue: null, at: 79_000 }], 80_000)],
    [
      'each slot was taken',
      () => afterDeath([{ ...another[0], slots: 1 } as Unstamped, run('started', 'b', 9, { pid: 2, at: 6 })], 80_000),
    ],
    [
      'its limit was used',
      () =>
        afterDeath([...another, run('started', 'b', 9, { pid: 2, at: 6, job: 'limited' })], 80_000, null, 'limited'),
    ],
    ['the only worker was frozen', () => afterDeath([...another, { e: 'frozen', pid: 2, at: 6 }], 80_000)],
    [
      'the workers were those of another queue',
      () => afterDeath([{ e: 'ready', pid: 2, slots: 5, queue: 'line', at: 5 }], 80_000),
    ],
    [
      'the store was away until a short while before',
      () => afterDeath([...another, { e: 'lifted', name: 'x', at: 75_000 }], 80_000),
    ],
    [
      'it runs alone, and another one that does was before it',
      () => afterDeath([...another, ...alone('b', 18_000), ...alone('c', 26_000)], 35_000, { pid: 2, at: 10_000 }),
    ],
  ])('counts nothing against a task whose worker has died where %s', (_says, found) => {
    expect(found().filter((violation) => violation.includes('waited'))).toEqual([])
  })

  it.each<[why: string, cause: readonly Unstamped[]]>([
    ['it has failed', [run('failed', 'a', 1)]],
    ['it was aborted', [run('aborted', 'a', 1)]],
    ['its worker has died', [died(1, 2)]],
  ])(
    'counts no second start against a store that forgets what it has counted where the first run ended: %s',
    (_why, cause) => {
      const events = [sent('a'), run('started', 'a', 1), ...cause, run('started', 'a', 2), run('returned', 'a', 2)]
      const found = violations(events, { a: record(2) }, { rules: { mayForget: true, drainLimit: 1e6 } })
      expect(found.filter((violation) => violation.startsWith('I3'))).toEqual([])
    },
  )

  it('counts no second start against it where the first run returned later, since its outcome is refused', () => {
    const starts = [sent('a'), run('started', 'a', 1), run('started', 'a', 2)]
    const events = [...starts, run('returned', 'a', 1), run('returned', 'a', 2)]
    expect(violations(events, { a: record(2) }, { rules: { mayForget: true } })).toEqual([])
  })

  it('counts each violation, and tells the first ones of an invariant', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const events = ids.flatMap((id) => [sent(id), acknowledged(id)]).map((event, i): Event => ({ at: i, ...event }))
    const end = { queues: [], records: new Map<string, EndRecord>(), drainedAt: 100 }
    const { violations: told, broken } = judge(events, end, RULES)
    expect(told).toHaveLength(6)
    expect(told.at(-1)).toBe('I1: and 2 more')
    expect(broken).toEqual([{ what: 'I1', count: 7, example: 'a was acknowledged, and the store does not know it' }])
  })

  it('counts kills, losses, second starts, and effects that a later run would have suffered from', () => {
    const history: Unstamped[] = [
      ...[sent('a'), acknowledged('a'), run('started', 'a', 1), { e: 'frozen', pid: 1, at: 10 } as const],
      ...[run('started', 'a', 2, { pid: 2, at: 25 }), run('effect', 'a', 2), run('effect', 'a', 1)],
      ...[run('returned', 'a', 2), { e: 'died', pid: 1, how: 'SIGKILL', at: 40 } as const],
      ...[sent('b'), acknowledged('b'), { e: 'fault', name: 'x' } as const],
    ]
    const events: Event[] = history.map((event, i) => ({ at: i, ...event }))
    const end = { queues: [], records: new Map([['a', record(2)]]), drainedAt: 100 }
    expect(judge(events, end, RULES).figures).toEqual({
      ...{
        injected: { x: 1 },
        kills: 1,
        serverKills: 0,
        tasks: 2,
        lost: 1,
        secondStarts: 1,
        lateEffects: 1,
        fencedSecondEffects: 0,
      },
      recoveries: [15, 0],
      waits: [15],
      newMasters: {},
    })
  })
})
