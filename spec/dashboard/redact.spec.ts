import type { DashboardOptions, JobContext } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/until.js'

const NUMBER = '4929000011112222'
const NOTE = 'a note for few'
const SECRETS = [NUMBER, NOTE]
const OPTIONS: DashboardOptions = { redact: ['card.*', 'note'] }

interface Order {
  readonly card: { readonly number: string }
  readonly fails: boolean
}

defineJob({ name: 'pay', defaultQueue: 'payments', maxRetries: 0 }, function (this: JobContext, order: Order): unknown {
  this.logger.info(`pays with ${order.card.number}`)
  if (order.fails) throw Object.assign(new Error(`card ${order.card.number} was refused`), { card: order.card })
  return { echo: `paid with ${order.card.number}` }
})
let release: () => void = () => undefined
const released = new Promise<void>((resolve) => (release = resolve))
defineJob({ name: 'pay.slowly', defaultQueue: 'payments' }, async function (this: JobContext, card: Order['card']) {
  this.logger.info(`will pay with ${card.number}`)
  await released
  this.logger.info(`has paid with ${card.number}`)
})

let app: PulsarQueue
/** The same app has a dashboard that hides members, and one that hides none. */
let hiding: ReturnType<PulsarQueue['dashboard']>
let open: ReturnType<PulsarQueue['dashboard']>
let failed: string
let done: string

beforeAll(async () => {
  app = new PulsarQueue({
    dataStore: 'embedded::memory:dashboard-redact',
    ...{ taskQueues: ['payments'], keepLogs: 'all', workers: 0, logLevel: 'silent', parseConsole: false },
  })
  await app.start()
  hiding = app.dashboard(OPTIONS)
  open = app.dashboard()
  const { tasks, control } = await app.api().start()
  const order: Order = { card: { number: NUMBER }, fails: true }
  const meta = { metaParams: { note: NOTE }, callback: false }
  failed = (await tasks.queue('pay', { order }, meta)).id
  done = (await tasks.queue('pay', { order: { ...order, fails: false } }, meta)).id
  for (const id of [failed, done]) {
    await until('the end', async () => ((await control.show(id))?.logs ? true : undefined))
  }
})
afterAll(async () => {
  release()
  await app.close()
})

async function ask(dashboard: typeof hiding, path: string, body?: unknown): Promise<string> {
  const request = new Request(`http://127.0.0.1:8070/api/v1/${path}`, {
    headers: { host: '127.0.0.1:8070', 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  })
  const response = await dashboard(request)
  expect(response.status).toBe(200)
  return await response.text()
}

function expectNone(text: string): void {
  for (const secret of SECRETS) expect(text).not.toContain(secret)
}

describe('what the option redact of a dashboard names', () => {
  it('is in none of its answers, and in those of another dashboard of the app', async () => {
    const paths = [
      `tasks/${failed}`,
      `tasks/${done}`,
      'tasks?queue=payments&state=failed',
      'problems',
      'find?q=',
      'audit',
    ]
    for (const path of paths) expectNone(await ask(hiding, path))
    const shown = await ask(hiding, `tasks/${failed}`)
    for (const text of ['card [redacted] was refused', 'pays with [redacted]', '[redacted]'])
      expect(shown).toContain(text)
    const whole = await ask(open, `tasks/${failed}`)
    for (const secret of SECRETS) expect(whole).toContain(secret)
    expect((await app.api().control.show(done))?.result).toEqual({ echo: `paid with ${NUMBER}` })
  })

  it('is matched by no filter of a search and of a plan there', async () => {
    for (const filter of [
      `args.order.card.number:${NUMBER}`,
      'meta.note:a*',
      `error:${NUMBER}`,
      `result.echo:*${NUMBER}`,
    ]) {
      const query = `find?q=${encodeURIComponent(`${filter} state:done,failed`)}`
      expect((await ask(open, query)).includes(failed) || (await ask(open, query)).includes(done)).toBe(true)
      const found = await ask(hiding, query)
      expect(found).not.toContain(failed)
      expect(found).not.toContain(done)
    }
    const plan = { act: 'retry', filter: `error:${NUMBER}` }
    expect(JSON.parse(await ask(hiding, 'plans', plan))).toMatchObject({ count: 0 })
    expect(JSON.parse(await ask(open, 'plans', plan))).toMatchObject({ count: 1 })
  })

  it('is in no line of a log that is followed', async () => {
    const { id } = await app.api().tasks.queue('pay.slowly', { card: { number: NUMBER } }, { callback: false })
    await until('its start', async () => ((await app.api().control.show(id))?.state === 'held' ? true : undefined))
    const followed = ask(hiding, `tasks/${id}/logs`)
    setTimeout(release, 500)
    const text = await followed
    expect(text).toContain('will pay with [redacted]')
    expectNone(text)
  })

  it('stays what it was in a task that is retried from there with edited arguments', async () => {
    const args = { order: { card: { number: '[redacted]' }, fails: false } }
    const { created } = JSON.parse(await ask(hiding, `tasks/${failed}/retry`, { args: JSON.stringify(args) })) as {
      created: [string]
    }
    const result = await until(
      'its result',
      async () => (await app.api().control.show(created[0]))?.result ?? undefined,
    )
    expect(result).toEqual({ echo: `paid with ${NUMBER}` })
  })

  it.each([
    ['a text', 'card'],
    ['a name that is empty', ['']],
    ['a number', [1]],
    ['an object', {}],
    ['null', null],
  ])('is a list of names: %s is refused at the call', (_what, redact) => {
    expect(() => app.dashboard({ redact } as unknown as DashboardOptions)).toThrow(
      expect.objectContaining({
        code: 'PQ_INVALID_OPTION',
        message: expect.stringContaining('option redact to be a list of names of members') as unknown,
      }),
    )
  })
})
