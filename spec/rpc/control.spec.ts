import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ActResult, Api, Plan, PulsarQueueOptions } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import type { Reply } from './call.js'
import { call } from './call.js'

const send = defineJob({ name: 'mail.send', redact: ['card'] }, ({ to, card = '' }: { to: string; card?: string }) => {
  if (to === 'bad' || card === 'stolen') throw new Error('read ECONNRESET')
  return to
})

describe.each(STORES)('an operator over JSON-RPC on $store', ({ make }) => {
  let store: Store
  let api: Api
  let directory: string
  const open: PulsarQueue[] = []
  const urls = new Map<string, string>()

  const serve = async (rpcControl: 'none' | 'view' | 'act'): Promise<void> => {
    const settings: PulsarQueueOptions = {
      dataStore: store.url,
      dropDirectory: directory,
      parseConsole: false,
      logLevel: 'silent',
      workers: 0,
    }
    const app = new PulsarQueue({ ...settings, taskQueues: [`of ${rpcControl}`], rpcBind: '127.0.0.1:0', rpcControl })
    open.push(app)
    await app.start()
    api = await app.api().start()
    urls.set(rpcControl, app.rpcUrl ?? '')
  }
  const ask = async (method: string, params: object = {}, rights = 'act'): Promise<Reply> =>
    await call(urls.get(rights) ?? '', `control.${method}`, params)

  beforeAll(async () => {
    store = await make()
    directory = await mkdtemp(join(tmpdir(), 'pulsar-drop-'))
    for (const rights of ['none', 'view', 'act'] as const) await serve(rights)
  })
  afterAll(async () => {
    for (const app of open) await app.close()
    await store.dispose()
    await rm(directory, { recursive: true })
  })

  const put = async (to: string, more: object = {}): Promise<string> =>
    (await api.tasks.queue(send, { to, card: '4111 1111' }, { queue: 'waiting', callback: false, ...more })).id

  it('has the methods that the setting rpcControl gives, and no others', async () => {
    const methods = async (rights: string): Promise<string[]> => {
      const { error } = await ask('nothing', {}, rights)
      const all = (error?.data?.['methods'] ?? []) as string[]
      return all.filter((name) => name.startsWith('control.')).map((name) => name.slice(8))
    }
    const looks = ['queues', 'queue', 'list', 'find', 'show', 'explain', 'problems', 'workers', 'schedules', 'series']
    looks.push('jobs', 'audit', 'doctor', 'autoscale', 'metrics')
    const acts = ['plan', 'carry_out', 'pause', 'resume', 'worker', 'problem', 'run_schedule']
    acts.push('pause_schedule', 'resume_schedule')
    expect(await methods('none')).toEqual([])
    expect(await methods('view')).toEqual(looks)
    expect(await methods('act')).toEqual([...looks, ...acts])
  })

  it('sees queues, tasks and why they wait, without what is hidden and without stacks', async () => {
    const id = await put('ann', { delay: '1h', tags: ['red'] })
    expect((await ask('queue', { name: 'waiting' }, 'view')).result).toMatchObject({ delayed: 1, workers: 0 })
    expect((await ask('list', ['waiting', 'delayed'], 'view')).result).toMatchObject({ tasks: [{ id }], total: 1 })
    const found = await ask('find', { filter: 'tag:red args.to:ann' }, 'view')
    expect(found.result).toMatchObject({ tasks: [{ id, tags: ['red'] }], found: 1 })
    const { result } = await ask('show', { id }, 'view')
    expect(result).toMatchObject({ id, args: { to: 'ann', card: '[redacted]' } })
    expect(result).not.toHaveProperty('stacktrace')
    expect((await ask('explain', { id }, 'view')).result).toMatchObject({ reasons: [{ code: 'DELAYED' }] })
    for (const method of ['queues', 'problems', 'workers', 'schedules', 'jobs', 'audit', 'doctor', 'metrics']) {
      expect(await ask(method, {}, 'view')).toHaveProperty('result')
    }
    const from = Date.now() - 60_000
    expect((await ask('series', { queue: 'waiting', from, step: '1m' }, 'view')).result).toMatchObject({ step: '1m' })
    expect((await ask('show', { id: 'nobody' }, 'view')).result).toBeNull()
  })

  it('plans an act, and carries it out once, with the number of tasks that it takes', async () => {
    await Promise.all([put('a', { tags: ['move'] }), put('b', { tags: ['move'] })])
    const { result } = await ask('plan', { act: 'move', filter: 'tag:move' })
    const { id: plan, count } = result as { id: string; count: number }
    expect(count).toBe(2)
    const wrong = await ask('carry_out', { plan, count: 3, queue: 'slow' })
    expect(wrong.error).toMatchObject({ code: -32602, data: { code: 'PQ_INVALID_OPTION', argument: 'count' } })
    const done = await ask('carry_out', { plan, count, queue: 'slow', reason: 'they are slow' })
    expect(done.result).toMatchObject({ act: 'move', done: 2, skipped: 0 })
    expect((await ask('carry_out', { plan, count, queue: 'slow' })).error?.data).toMatchObject({ code: 'PQ_FORBIDDEN' })
    const [entry] = await api.control.audit({ limit: 1 })
    expect(entry).toMatchObject({ act: 'move', from: 'rpc', by: 'json-rpc@127.0.0.1', reason: 'they are slow' })
  })

  it('keeps a plan whose act refuses what it was given', async () => {
    await put('kept', { tags: ['kept'], delay: '1h' })
    const { id: plan, count } = (await ask('plan', { act: 'prioritize', filter: 'tag:kept' })).result as Plan & {
      id: string
    }
    const { error } = await ask('carry_out', { plan, count, priority: 99 })
    expect(error).toMatchObject({ code: -32602, data: { code: 'PQ_INVALID_OPTION', argument: 'priority' } })
    const foreign = await ask('carry_out', { plan, count, priority: 9, spread: '10m' })
    expect(foreign.error).toMatchObject({
      message: expect.stringContaining('prioritize takes none') as unknown,
      data: { code: 'PQ_INVALID_OPTION', argument: 'spread' },
    })
    expect((await ask('carry_out', { plan, count, priority: 9 })).result).toMatchObject({ done: 1 })
    expect((await ask('carry_out', { plan, count, priority: 9 })).error?.data).toMatchObject({ code: 'PQ_FORBIDDEN' })
  })

  it('writes what it drops to a file of its own first, and drops nothing where it cannot', async () => {
    await put('dropped', { tags: ['drop'], delay: '1h' })
    const plan = async (): Promise<object> => {
      const { id, count } = (await ask('plan', { act: 'drop', filter: 'tag:drop' })).result as Plan & { id: string }
      return { plan: id, count }
    }
    await rename(directory, `${directory}.away`)
    expect((await ask('carry_out', await plan())).error).toMatchObject({
      message: expect.stringContaining('its directory does not exist; nothing was dropped') as unknown,
    })
    await rename(`${directory}.away`, directory)
    const { result } = await ask('carry_out', await plan())
    expect(result).toMatchObject({ done: 1, file: expect.stringContaining(directory) as unknown })
    const lines = (await readFile(String((result as ActResult).file), 'utf8')).trimEnd().split('\n')
    expect(await api.control.import(lines)).toEqual({ imported: 1, known: 0, over: 0 })
  })

  it('pauses schedules', async () => {
    const tick = { job: 'nightly', expected: null, at: 1, schedule: 'every 60000 ms', task: null, operation: 'one' }
    await api.broker.tick('slow', tick)
    expect(await ask('pause_schedule', { job: 'nightly', reason: 'moving' })).toHaveProperty('result', null)
    const by = expect.stringContaining('json-rpc@') as unknown
    expect((await ask('schedules', {})).result).toMatchObject([{ job: 'nightly', paused: { by, reason: 'moving' } }])
    await ask('resume_schedule', { job: 'nightly', queue: 'slow' })
    expect((await ask('schedules', {})).result).toMatchObject([{ job: 'nightly', paused: null }])
  })

  it('pauses queues, orders workers and marks problems', async () => {
    expect(await ask('pause', { queue: 'slow' })).toHaveProperty('result', null)
    expect((await api.control.queue('slow')).paused).toBe(true)
    await ask('resume', { queue: 'slow' })
    expect((await api.control.queue('slow')).paused).toBe(false)
    await api.tasks.queue(send, { to: 'bad' }, { queue: 'of act' })
    const [problem] = (await ask('problems', { queue: 'of act' })).result as { id: string }[]
    await ask('problem', { id: problem?.id, act: 'resolve' })
    expect(await api.control.problems({ queue: 'of act' })).toMatchObject([{ state: 'resolved' }])
    const worker = (await api.control.workers()).find(({ queues }) => queues.some(({ queue }) => queue === 'of view'))
    expect(await ask('worker', { name: worker?.name, order: 'quiet' })).toHaveProperty('result', null)
  })

  it.each([
    ['find', { filter: 'stat:failed' }, 'PQ_INVALID_FILTER'],
    ['find', { filter: 'tag:red', limit: 1_001 }, 'PQ_INVALID_OPTION'],
    ['find', { filter: 'tag:red', limit: 0 }, 'PQ_INVALID_OPTION'],
    ['find', { filter: 'tag:red', deep: 'yes' }, 'PQ_INVALID_OPTION'],
    ['list', { queue: 'mail', state: 'ready', cursor: 'garbage' }, 'PQ_INVALID_OPTION'],
    ['audit', { limit: 1.5 }, 'PQ_INVALID_OPTION'],
    ['problems', { state: 'nope' }, 'PQ_INVALID_OPTION'],
    ['metrics', { format: 'x' }, 'PQ_INVALID_OPTION'],
    ['list', { queue: 'waiting', state: 'lost' }, 'PQ_INVALID_OPTION'],
    ['plan', { act: 'burn', filter: 'tag:red' }, 'PQ_INVALID_OPTION'],
    ['worker', { name: 'nobody', order: 'quiet' }, 'PQ_NOT_FOUND'],
    ['worker', { name: 'nobody', order: 'dance' }, 'PQ_INVALID_OPTION'],
    ['problem', { id: 'x', act: 'forget' }, 'PQ_INVALID_OPTION'],
    ['run_schedule', { job: 'nothing' }, 'PQ_NOT_FOUND'],
    ['pause_schedule', { job: 'nothing' }, 'PQ_NOT_FOUND'],
    ['resume_schedule', { job: 'nothing' }, 'PQ_NOT_FOUND'],
    ['queue', { nam: 'waiting' }, 'PQ_INVALID_OPTION'],
  ])('is told what is wrong with %s %j', async (method, params, code) => {
    const { error } = await ask(method, params)
    expect(error).toMatchObject({ code: -32602, data: { code } })
  })
})
