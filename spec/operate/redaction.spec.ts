import type { Api, Control, JobContext } from 'pulsar-queue'
import { defineJob, Logger, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { restored } from '../../lib/model/redaction.js'
import { KeptLogger } from '../support/kept-logger.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'
import { newTask } from '../support/new-task.js'

const SECRETS = ['swordfish', '4929000011112222', 'token-of-result', 'secret of meta']

interface Order {
  readonly password: string
  readonly card: { readonly number: string; readonly holder: string }
  readonly fails: boolean
}

/** Says what it should not, everywhere. */
const pay = defineJob(
  { name: 'pay', redact: ['card.*', 'token'], maxRetries: 1 },
  function (this: JobContext, { password, card, fails }: Order): unknown {
    this.logger.warn(`will pay with ${card.number}`, { password, said: `for ${card.number}` })
    if (!fails) return { token: 'token-of-result', echo: `paid with ${card.number} and token-of-result` }
    const cause = new Error(`no login with ${password}`)
    throw Object.assign(new Error(`card ${card.number} was refused`, { cause }), { card, status: 402, of: password })
  },
)

describe.each(STORES)('what is hidden, on $store,', ({ make }) => {
  let store: Store
  let worker: PulsarQueue
  let api: Api
  let failed: string
  let done: string
  const logger = new KeptLogger()
  /** One whose process knows the job, and one that knows none, as pq does. */
  let lookers: readonly (readonly [string, Control, PulsarQueue])[]
  const queue = 'payments'

  beforeAll(async () => {
    store = await make()
    const options = {
      dataStore: store.url,
      parseConsole: false,
      logLevel: 'silent',
      redact: ['password', 'note'],
    } as const
    worker = new PulsarQueue({ ...options, workers: 0, taskQueues: [queue], keepLogs: 'all' })
    worker.container.register(Logger, { useValue: logger })
    await worker.start()
    api = await worker.api().start()
    const order: Order = {
      password: 'swordfish',
      card: { number: '4929000011112222', holder: 'Ann Lee' },
      fails: true,
    }
    const meta = { metaParams: { note: 'secret of meta' } }
    failed = (await api.tasks.queue(pay, { ...order }, { queue, tags: ['red'], ...meta })).id
    done = (await api.tasks.queue(pay, { ...order, fails: false }, { queue, ...meta })).id
    const other = new PulsarQueue({ ...options, taskPaths: [] })
    lookers = [
      ['an app with the job', api.control, worker],
      ['an app without it', (await other.api().start()).control, other],
    ]
  })
  afterAll(async () => {
    for (const [, , app] of lookers) await app.close()
    await store.dispose()
  })

  const expectNone = (what: unknown): void => {
    const text = JSON.stringify(what)
    for (const secret of SECRETS) expect(text).not.toContain(secret)
  }
  const all = async <T>(values: AsyncIterable<T>): Promise<T[]> => {
    const found: T[] = []
    for await (const value of values) found.push(value)
    return found
  }

  it('is what the worker knows to hide, where the producer knew nothing of the job', async () => {
    const call = { a: { password: 'swordfish', card: { number: '4929000011112222', holder: 'Ann Lee' }, fails: false } }
    await api.broker.queue(queue, [newTask('raw', { job: 'pay', body: JSON.stringify(call) })])
    for (const [, control] of lookers) {
      const result = await until('the result', async () => (await control.show('raw'))?.result ?? undefined)
      expect(result).toEqual({ token: '[redacted]', echo: 'paid with [redacted] and [redacted]' })
    }
  })

  it('is in no answer of the control: errors, attempts, stacks, data, results, logs, lists, plans, problems, exports', async () => {
    for (const [, control] of lookers) {
      const task = await control.show(failed)
      expect(task?.exception).toContain('card [redacted] was refused')
      expect(task?.attempts[0]?.error).toContain('card [redacted] was refused')
      expect(task?.args).toEqual({
        password: '[redacted]',
        card: { number: '[redacted]', holder: '[redacted]' },
        fails: true,
      })
      expect(task?.stacktrace).toContain('[redacted]')
      expect(task?.details?.data).toMatchObject({ status: 402, of: '[redacted]', card: { number: '[redacted]' } })
      expect(task?.logs?.[0]?.text).toBe('will pay with [redacted] {"password":"[redacted]","said":"for [redacted]"}')
      expect((await control.show(done))?.result).toEqual({
        token: '[redacted]',
        echo: 'paid with [redacted] and [redacted]',
      })
      const looks = [
        task,
        await control.show(done),
        await control.list({ queue, state: 'failed' }),
        await all(control.find(`queue:${queue}`, { deep: true })),
        await control.plan('retry', `queue:${queue}`),
        await control.explain(failed),
        await control.explain(done),
        await control.problems(),
        await control.audit(),
        (await all(control.export(`queue:${queue}`, { deep: true }))).join('\n'),
      ]
      for (const look of looks) expectNone(look)
      expect((await control.list({ queue, state: 'failed' })).tasks[0]?.error).toContain('card [redacted]')
    }
  })

  it('is in nothing that the worker itself logs of failures', () => {
    const said = logger.lines.filter(({ message }) => !message.startsWith('will pay'))
    expect(said.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('the task failed: card [redacted] was refused'),
    )
    expect(said.map(({ message }) => message)).toContainEqual(expect.stringContaining('will run again'))
    expectNone(said)
  })

  it('is in no answer of the dashboard', async () => {
    for (const [, , app] of lookers) {
      const dashboard = app.dashboard()
      for (const path of [
        `tasks/${failed}`,
        `tasks/${done}`,
        `tasks?queue=${queue}&state=failed`,
        'problems',
        'find?q=',
      ]) {
        const response = await dashboard(new Request(`http://127.0.0.1:8070/api/v1/${path}`))
        const text = await response.text()
        expect(response.status).toBe(200)
        for (const secret of SECRETS) expect(text).not.toContain(secret)
      }
    }
  })

  it('is not told by a filter', async () => {
    for (const [, control] of lookers) {
      for (const filter of [
        'error:4929000011112222',
        'args.password:swordfish',
        'result.echo:*token-of-result',
        'meta.note:secret*',
      ]) {
        expect(await all(control.find(`queue:${queue} ${filter}`, { deep: true }))).toEqual([])
      }
      expect(await all(control.find(`queue:${queue} error:refused tag:red`))).toHaveLength(1)
    }
  })

  it('is in an export that says so, and in no other, which cannot be imported', async () => {
    for (const [, control] of lookers) {
      const waiting = await api.tasks.queue(
        pay,
        { password: 'swordfish', card: { number: '4929000011112222', holder: 'Ann Lee' }, fails: false },
        { queue: 'later', delay: '1h', callback: false },
      )
      const shown = await all(control.export('queue:later'))
      expectNone(shown)
      await expect(control.import(shown)).rejects.toThrow('--whole')
      const whole = await all(control.export('queue:later', { whole: true }))
      expect(whole.join()).toContain('swordfish')
      await control.drop(await control.plan('drop', 'queue:later'))
      expect(await control.import(whole)).toMatchObject({ imported: 1 })
      expect(waiting.id).not.toBe('')
      await control.drop(await control.plan('drop', 'queue:later'))
    }
  })

  it('stays what it is when a task is retried with arguments that were edited', async () => {
    const [, control] = lookers[1] ?? [undefined, api.control]
    const task = await control.show(failed)
    const plan = await control.plan('retry', `id:${failed}`)
    const { created } = await control.retry(plan, { args: { ...(task?.args as object), fails: false } })
    const again = await until('the retry', async () => {
      const found = await control.show(created[0] ?? '')
      return found?.state === 'done' ? found : undefined
    })
    expect(again.result).toMatchObject({ echo: 'paid with [redacted] and [redacted]' })
    expect((await api.tasks.get(again.id))?.result).toMatchObject({ echo: expect.stringContaining('4929') as string })
  })
})

it.each([
  ['null', { password: null }, { password: '[redacted]' }],
  ['a part of a text', { url: 'https://x?t=SECRET99' }, { url: 'https://x?t=[redacted]' }],
  ['an item of a list', { all: [{ password: 'a' }, 2] }, { all: [{ password: '[redacted]' }, 2] }],
])('%s that was hidden and not edited stays what it is', (_, original, shown) => {
  expect(restored({ ...shown, more: 1 }, original, shown)).toEqual({ ...original, more: 1 })
  expect(restored({ edited: '[redacted]' }, original, shown)).toEqual({ edited: '[redacted]' })
})
