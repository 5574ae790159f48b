import type { Control, Plan } from 'pulsar-queue'
import { beforeAll, describe, expect, it } from 'vitest'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'
import { newTask } from '../support/new-task.js'

/** What callers without types may pass: other programs over JSON-RPC and HTTP, and JavaScript. */
type Loose = Record<keyof Control, (...args: readonly unknown[]) => unknown>

const NO_COUNT = [NaN, '2', -1, 0, 1.5, 1e300, Infinity, null]
const NO_TEXT = [1, {}, true]
const NO_FLAG = ['yes', 1, null]
const NO_FUNCTION = ['all', {}, 1]
const NO_SIGNAL = [{}, 'stop', null]
const NO_ACT = { signal: NO_SIGNAL, onProgress: NO_FUNCTION, by: NO_TEXT, from: NO_TEXT, reason: NO_TEXT }

/** Values that do not fit, by option and method. @param call - calls the method with the options */
const METHODS: readonly (readonly [
  method: string,
  call: (control: Loose, options: unknown, plans: ReadonlyMap<string, Plan>) => unknown,
  wrong: Readonly<Record<string, readonly unknown[]>>,
])[] = [
  [
    'list, query',
    (c, o) => c.list({ queue: 'mail', state: 'ready', ...(o as object) }),
    { queue: ['', 1, 'mail/3'], state: ['nope', 1, null] },
  ],
  [
    'list',
    (c, o) => c.list({ queue: 'mail', state: 'ready' }, o),
    { limit: [...NO_COUNT, 501], cursor: ['garbage', '0 0', '', 1, {}] },
  ],
  ['find', (c, o) => c.find('state:live', o), { limit: NO_COUNT, deep: NO_FLAG, signal: NO_SIGNAL }],
  [
    'export',
    (c, o) => c.export('state:live', o),
    { limit: NO_COUNT, deep: NO_FLAG, whole: NO_FLAG, signal: NO_SIGNAL },
  ],
  ['show', (c, o) => c.show((o as { id: unknown }).id), { id: ['', 1, null] }],
  ['explain', (c, o) => c.explain((o as { id: unknown }).id), { id: ['', 1, null] }],
  ['follow', (c, o) => c.follow('x', o), { signal: NO_SIGNAL }],
  ['plan, act', (c, o) => c.plan((o as { act: unknown }).act, 'state:live'), { act: ['delete', 1, undefined] }],
  [
    'plan',
    (c, o) => c.plan('drop', 'state:live', o),
    { max: NO_COUNT, to: [true, {}, null], deep: NO_FLAG, signal: NO_SIGNAL, onProgress: NO_FUNCTION },
  ],
  ['retry', (c, o, p) => c.retry(p.get('retry'), o), { ...NO_ACT, args: [[], 'a', 1, null] }],
  ['revoke', (c, o, p) => c.revoke(p.get('revoke'), o), NO_ACT],
  ['runNow', (c, o, p) => c.runNow(p.get('run-now'), o), NO_ACT],
  ['move', (c, o, p) => c.move(p.get('move'), 'slow', o), NO_ACT],
  [
    'move, target',
    (c, o, p) => c.move(p.get('move'), (o as { queue: unknown }).queue),
    { queue: ['', 1, null, 'mail/3'] },
  ],
  [
    'drop',
    (c, o, p) => c.drop(p.get('drop'), o),
    { ...NO_ACT, file: NO_TEXT, onExport: NO_FUNCTION, onExported: NO_FUNCTION },
  ],
  ['prioritize', (c, o, p) => c.prioritize(p.get('prioritize'), 4, o), NO_ACT],
  [
    'prioritize, number',
    (c, o, p) => c.prioritize(p.get('prioritize'), (o as { priority: unknown }).priority),
    { priority: [10, -1, 1.5, '4', NaN] },
  ],
  ['pause', (c, o) => c.pause('mail', o), NO_ACT],
  ['resume', (c, o) => c.resume('mail', o), NO_ACT],
  ['problems', (c, o) => c.problems(o), { state: ['nope', 1, null], queue: ['', 1] }],
  ['problem', (c, o) => (c.problem('x') as { resolve: (options: unknown) => unknown }).resolve(o), NO_ACT],
  ['worker', (c, o) => (c.worker('x') as { quiet: (options: unknown) => unknown }).quiet(o), NO_ACT],
  ['runSchedule', (c, o) => c.runSchedule('x', o), { ...NO_ACT, queue: ['', 1] }],
  ['pauseSchedule', (c, o) => c.pauseSchedule('x', o), { ...NO_ACT, queue: ['', 1] }],
  ['resumeSchedule', (c, o) => c.resumeSchedule('x', o), { ...NO_ACT, queue: ['', 1] }],
  [
    'series',
    (c, o) => c.series({ queue: 'mail', step: '1m', from: 0, ...(o as object) }),
    { queue: ['', 1], job: ['', 1], step: ['1d', 1], from: [NaN, '1'], to: [NaN, '1'] },
  ],
  ['jobs', (c, o) => c.jobs(o), { queue: ['', 1], job: ['', 1], over: ['61d'] }],
  ['audit', (c, o) => c.audit(o), { limit: NO_COUNT }],
  ['doctor', (c, o) => c.doctor(o), { queues: NO_FUNCTION }],
  ['autoscale', (c, o) => c.autoscale('mail', o), { slots: [0, -1, NaN, Infinity, '2'] }],
  ['metrics', (c, o) => c.metrics(o), { format: ['x', 1, null], queues: NO_FUNCTION }],
]

/** Those that take single values. */
const SINGLE = new Set(['show', 'explain', 'plan, act', 'move, target', 'prioritize, number'])

/** What a call has thrown, at once or later. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
    return null
  } catch (error) {
    return error
  }
}

describe.each(STORES)('an option of the control on $store', ({ make }) => {
  const at = useOperatedStore(make)
  const plans = new Map<string, Plan>()
  let control: Loose

  beforeAll(async () => {
    control = at.control as unknown as Loose
    for (const act of ['retry', 'revoke', 'run-now', 'move', 'drop', 'prioritize'] as const) {
      plans.set(act, await at.control.plan(act, 'id:none'))
    }
  })

  it.each(METHODS)('of %s that does not fit is refused, with what was expected', async (_method, call, wrong) => {
    for (const [option, values] of Object.entries(wrong)) {
      for (const value of values) {
        const error = await errorOf(() => call(control, { [option]: value }, plans))
        expect(error, `${option}: ${String(value)}`).toMatchObject({ code: 'PQ_INVALID_OPTION', option })
        expect((error as Error).message).toMatch(/^expected option \w+ to be .+, got .+/)
      }
    }
  })

  it.each(METHODS.filter(([method]) => !SINGLE.has(method)))(
    'of %s that is unknown is refused, with the nearest one',
    async (_method, call, wrong) => {
      const [name = ''] = Object.keys(wrong)
      const misspelled = `${name}s`
      const error = await errorOf(() => call(control, { [misspelled]: 1 }, plans))
      expect(error).toMatchObject({ code: 'PQ_INVALID_OPTION', option: misspelled })
      expect((error as Error).message).toContain(`did you mean ${name}?`)
    },
  )

  it('that is no object is refused', async () => {
    for (const [, call] of METHODS.filter(([method]) => ['find', 'plan', 'audit', 'metrics'].includes(method))) {
      for (const value of [null, 5, 'x', []]) {
        expect(await errorOf(() => call(control, value, plans))).toMatchObject({ option: 'options' })
      }
    }
  })

  it.each(['', ' ', {}, { tag: undefined }])('filter of a plan names something: %j', async (filter) => {
    await expect(at.control.plan('drop', filter)).rejects.toMatchObject({
      code: 'PQ_INVALID_FILTER',
      message: expect.stringContaining('state:live, state:failed and state:done name all tasks') as unknown,
    })
    expect(at.control.find(filter).progress).toMatchObject({ found: 0 })
  })

  it('cursor leads on from each page, in its own list only', async () => {
    const tasks = Array.from({ length: 5 }, (_, n) => newTask(`t${String(n)}`))
    await at.api.broker.queue('pages', tasks)
    const ids: string[] = []
    let cursor: string | null = null
    let first: string | null = null
    do {
      const page = await at.control.list({ queue: 'pages', state: 'ready' }, { limit: 2, cursor })
      ids.push(...page.tasks.map(({ id }) => id))
      ;({ cursor } = page)
      first ??= cursor
    } while (cursor !== null)
    expect(ids).toEqual(tasks.map(({ id }) => id))
    await expect(at.control.list({ queue: 'pages', state: 'delayed' }, { cursor: first })).rejects.toMatchObject({
      option: 'cursor',
    })
  })
})
