import type { Control } from 'pulsar-queue'
import { defineJob } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'
import { newTask } from '../support/new-task.js'

const work = defineJob({ name: 'export.work', maxRetries: 1, retryDelay: 0.001 }, ({ how }: { how: string }) => {
  if (how === 'fails') throw new Error(`it ${how}, "as ever": ä`)
  return { how }
})

const pairs = STORES.flatMap((from) => STORES.map((to) => ({ from, to, name: `${from.store} to ${to.store}` })))

const linesOf = async (control: Control, filter: string): Promise<string[]> => {
  const lines: string[] = []
  for await (const line of control.export(filter, { deep: true, whole: true })) lines.push(line)
  return lines
}

describe.each(pairs)('an export from $name', ({ from, to }) => {
  const settings = { keepLogs: 'all' } as const
  const here = useOperatedStore(from.make, settings)
  const there = useOperatedStore(to.make, settings)

  it('brings all tasks as they were, once, however often it is imported', async () => {
    const { api, control, queue } = here
    const put = async (how: string, more: object = {}): Promise<string> =>
      (await api.tasks.queue(work, { how }, { queue, callback: false, tags: ['a b'], ...more })).id
    const over = [await put('works'), await put('fails'), await put('fails')]
    const app = await here.serve(settings)
    const isOver = async (id: string): Promise<boolean> =>
      ['done', 'failed'].includes((await control.show(id))?.state ?? '')
    await until('all are over', async () => ((await Promise.all(over.map(isOver))).every(Boolean) ? true : undefined))
    await app.close()
    const live = [await put('works', { delay: '1h', priority: 9, id: 'of a user' }), await put('works')]
    const revoked = await put('works', { delay: '1h' })
    await api.tasks.revoke(revoked)
    const [, retried = ''] = over
    const plan = await control.plan('retry', `id:${retried}`)
    const { created } = await control.retry(plan, { spread: '1h' })
    const ids = [...over, ...live, revoked, ...created]

    const lines = await linesOf(control, `queue:${queue}`)
    expect(lines).toHaveLength(7)
    expect(await there.control.import(lines)).toEqual({ imported: 3, over: 4, known: 0 })
    expect(await there.control.import(lines)).toEqual({ imported: 0, over: 0, known: 7 })
    for (const id of ids) expect(await there.control.show(id)).toEqual(await control.show(id))
    expect(await there.control.queue(queue)).toMatchObject({ ready: 2, delayed: 1, failed: 2 })
    expect((await linesOf(there.control, `queue:${queue}`)).sort()).toEqual(lines.sort())
    // What was retried there is not retried here.
    const { created: again } = await there.control.retry(await there.control.plan('retry', 'state:failed'))
    expect([...again].sort()).toEqual([`${String(over[2])}~1`, `${revoked}~1`].sort())
  })
})

describe.each(STORES)('an import into $store', ({ make }) => {
  const at = useOperatedStore(make)

  it.each([
    ['runs', 1.5],
    ['crashes', -1],
    ['queuedAt', 1e300],
    ['dueAt', 0.5],
    ['endedAt', 8_640_000_000_000_001],
  ])('refuses a line whose %s is %d, with its number, and takes those before it', async (name, value) => {
    const { api, control, queue } = at
    for (const id of ['a', 'b'])
      await api.tasks.queue(work, { how: 'works' }, { queue, id, delay: '1h', callback: false })
    const [first = '', second = ''] = await linesOf(control, `queue:${queue}`)
    await control.drop(await control.plan('drop', `queue:${queue}`))
    const bad = JSON.stringify({ ...(JSON.parse(second) as object), [name]: value })
    // Some editors put a mark before the first line.
    await expect(control.import([`\uFEFF${first}`, bad])).rejects.toMatchObject({
      code: 'PQ_INVALID_OPTION',
      option: 'line 2',
    })
    expect((await control.list({ queue, state: 'delayed' })).tasks).toHaveLength(1)
  })
})

describe.each(STORES)('an import into $store', ({ make }) => {
  const at = useOperatedStore(make)
  const ANY = 'give it a file that pq export or pq drop has written'

  it.each<[name: string, bad: (line: string) => string, got: string | RegExp, fix: string]>([
    ['of no JSON', () => 'id,queue', '"id,queue"', ANY],
    ['of half a line', (line) => line.slice(0, 40), /a line that is cut off or damaged: "/, 'export it again'],
    ['of another program', () => '{"level":30,"msg":"up"}', /"\{\\"level/, ANY],
    ['of a number', () => '5', '"5"', ANY],
    ['of a list', (line) => `[${line}]`, /"\[\{/, ANY],
    ['of other bytes', () => '{\0"\0i\0', 'bytes that are no UTF-8', 'save the file as UTF-8'],
    [
      'of a newer version',
      (line) => line.replace('"version":1', '"version":2'),
      'version 2; import it with the version of pulsar-queue that wrote it',
      'import it',
    ],
    ['without a member', (line) => line.replace('"tags"', '"tag"'), 'one whose tags is undefined', 'export it again'],
    [
      'of another state',
      (line) => line.replace('"over":false', '"over":true'),
      'one whose over is true',
      'export it again',
    ],
  ])('refuses a line %s: where, what came, what to do, and what was done', async (_, bad, got, fix) => {
    const { api, control, queue } = at
    await api.tasks.queue(work, { how: 'works' }, { queue, id: 'a', delay: '1h', callback: false })
    const [line = ''] = await linesOf(control, `queue:${queue}`)
    const error: unknown = await control.import([line.replace('"id":"a"', '"id":"b"'), line, '', bad(line)]).then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({
      code: 'PQ_INVALID_OPTION',
      option: 'line 4',
      message: expect.stringContaining('expected option line 4 to be a task') as unknown,
      received: typeof got === 'string' ? got.split(';')[0] : (expect.stringMatching(got) as unknown),
    })
    const { message } = error as Error
    expect(message).toContain(`; ${fix}`)
    expect(message).toMatch(/the lines before it were taken, .*: 1 queued, 1 were there already, 0 were over$/)
    expect(await control.show('b')).not.toBeNull()
    await control.drop(await control.plan('drop', `queue:${queue}`))
  })

  it('tells how far it is', async () => {
    const { api, control, queue } = at
    await api.tasks.queue(work, { how: 'works' }, { queue, id: 'a', delay: '1h', callback: false })
    const [line = ''] = await linesOf(control, `queue:${queue}`)
    const seen: unknown[] = []
    await control.import([line.replace('"id":"a"', '"id":"b"'), line], {
      onProgress: (progress) => seen.push(progress),
    })
    expect(seen).toEqual([{ imported: 1, known: 1, over: 0 }])
  })
})

describe.each(STORES)('acts on $store', ({ make }) => {
  const at = useOperatedStore(make)

  it('keep the order of tasks with ids of a user that were queued in one millisecond', async () => {
    const { api, control, queue } = at
    const ids = Array.from({ length: 12 }, (_, i) => `order-${queue}-${String(i)}`)
    const { broker } = api
    // One call, so one time.
    await broker.queue(
      queue,
      ids.map((id) => newTask(id, { job: 'job' })),
    )
    const listed = async (of: string): Promise<string[]> =>
      (await control.list({ queue: of, state: 'ready' })).tasks.map(({ id }) => id)
    expect(await listed(queue)).toEqual(ids)
    const lines: string[] = []
    await control.drop(await control.plan('drop', `queue:${queue}`), { onExport: (line) => void lines.push(line) })
    await control.import(lines)
    expect(await listed(queue)).toEqual(ids)
    const plan = await control.plan('move', `queue:${queue}`)
    const { created } = await control.move(plan, `${queue}-other`)
    expect(await listed(`${queue}-other`)).toEqual(created)
    const [outcome] = await Promise.all(ids.map(async (id) => await control.show(id)))
    expect(outcome?.state).toBe('failed')
    await control.revoke(await control.plan('revoke', `queue:${queue}-other`))
  })
})

describe.each(STORES)('a drop on $store', ({ make }) => {
  const at = useOperatedStore(make)

  it('tells which of the tasks that it has exported have stayed, and an import leaves them out', async () => {
    const { api, control, queue } = at
    const put = async (id: string): Promise<string> =>
      (await api.tasks.queue(work, { how: 'works' }, { queue, id, delay: '1h', callback: false })).id
    for (const id of ['a', 'b', 'c']) await put(id)
    const lines: string[] = []
    const plan = await control.plan('drop', `queue:${queue}`)
    const result = await control.drop(plan, {
      onExport: (line) => void lines.push(line),
      // It ends meanwhile; and one that was there with the same id is not dropped unseen.
      onExported: async () => {
        await api.tasks.revoke('b')
      },
    })
    expect(result).toMatchObject({ done: 2, skipped: 1 })
    expect(lines.slice(3)).toEqual([JSON.stringify({ version: 1, queue, kept: ['b'] })])
    await control.drop(await control.plan('drop', `queue:${queue}`, { deep: true }))
    expect(await control.import(lines)).toEqual({ imported: 2, known: 0, over: 0 })
    expect((await control.list({ queue, state: 'delayed' })).tasks.map(({ id }) => id).sort()).toEqual(['a', 'c'])
  })

  it('drops nothing that it could not export', async () => {
    const { api, control, queue } = at
    for (const id of ['a', 'b'])
      await api.tasks.queue(work, { how: 'works' }, { queue, id, delay: '1h', callback: false })
    const plan = await control.plan('drop', `queue:${queue}`)
    await api.tasks.revoke('a')
    const before = await control.plan('drop', `queue:${queue} id:a`, { deep: true })
    await control.drop(before)
    const lines: string[] = []
    await control.drop(plan, {
      onExport: (line) => void lines.push(line),
      onExported: async () => {
        await api.tasks.queue(work, { how: 'new' }, { queue, id: 'a', delay: '1h', callback: false })
      },
    })
    expect(lines).toHaveLength(1)
    expect((await control.list({ queue, state: 'delayed' })).tasks.map(({ id }) => id)).toEqual(['a'])
  })
})
