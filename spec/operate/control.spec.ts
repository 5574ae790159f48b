import type { AuditEntry, Control, Plan, TaskSummary } from 'pulsar-queue'
import { defineJob, Manager } from 'pulsar-queue'
import type { Api } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'

let isUp = false
const send = defineJob({ name: 'mail.send' }, ({ to, password = '' }: { to: string; password?: string }) => {
  if (!isUp) throw new Error(`read ECONNRESET of ${to}`)
  return { sent: to, isSecret: password !== '' }
})

const count = defineJob({ name: 'count' }, ({ n }: { n: number }) => n)

const acts: AuditEntry[] = []
class Watching extends Manager {
  override operatorActed(entry: AuditEntry): void {
    acts.push(entry)
  }
}

describe.each(STORES)('api.control on $store', ({ make }) => {
  const at = useOperatedStore(make, { redact: ['password'] }, Watching)
  let api: Api
  let control: Control
  let queue: string

  beforeEach(() => {
    ;({ api, control, queue } = at)
    isUp = false
    acts.length = 0
  })

  const put = async (to: string, more: object = {}): Promise<string> =>
    (await api.tasks.queue(send, { to }, { queue, callback: false, ...more })).id

  const fail = async (...names: string[]): Promise<string[]> => {
    const app = await at.serve()
    const tasks = await Promise.all(names.map((to) => api.tasks.queue(send, { to }, { queue })))
    await app.close()
    return tasks.map(({ id }) => id)
  }
  const found = async (filter: string): Promise<TaskSummary[]> => {
    const all: TaskSummary[] = []
    for await (const task of control.find(`queue:${queue} ${filter}`)) all.push(task)
    return all
  }
  const plan = async (act: Parameters<Control['plan']>[0], filter = ''): Promise<Plan> =>
    await control.plan(act, `queue:${queue} ${filter}`)

  it('shows its queues', async () => {
    await put('ann')
    await put('bob', { delay: '1h' })
    expect(await control.queue(queue)).toMatchObject({ name: queue, ready: 1, delayed: 1, held: 0, workers: 0 })
    expect((await control.queues()).map(({ name }) => name)).toContain(queue)
    expect(await control.queue('nowhere')).toMatchObject({ ready: 0, byPriority: [], oldestReady: null })
  })

  it('lists tasks page by page, without their payload', async () => {
    for (const to of ['ann', 'bob', 'eve']) await put(to)
    const first = await control.list({ queue, state: 'ready' }, { limit: 2 })
    const second = await control.list({ queue, state: 'ready' }, { limit: 2, cursor: first.cursor })
    expect([first.tasks.length, second.tasks.length, first.total, second.cursor]).toEqual([2, 1, 3, null])
    expect(first.tasks[0]).toMatchObject({
      job: 'mail.send',
      queue,
      state: 'ready',
      statusString: 'QUEUED',
      error: null,
    })
    expect(first.tasks[0]).not.toHaveProperty('args')
    await expect(control.list({ queue, state: 'ready' }, { limit: 0 })).rejects.toMatchObject({
      code: 'PQ_INVALID_OPTION',
    })
    await expect(control.list({ queue, state: 'lost' as 'ready' })).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION' })
  })

  it('finds tasks by their arguments, live and failed', async () => {
    const [failed = ''] = await fail('ann')
    const live = await put('ann', { delay: '1h' })
    await put('bob', { delay: '1h' })
    expect((await found('args.to:ann')).map(({ id }) => id).sort()).toEqual([failed, live].sort())
    expect((await found('args.to:ann state:failed')).map(({ error }) => error)).toEqual(['read ECONNRESET of ann'])
    expect(await found('args.to:nobody')).toEqual([])
    expect((await found(`id:${live}`)).map(({ state }) => state)).toEqual(['delayed'])
    const search = control.find(`queue:${queue}`, { limit: 2 })
    const some: string[] = []
    for await (const { id } of search) some.push(id)
    expect([some.length, search.progress.found, search.progress.of]).toEqual([2, 2, 3])
    expect(() => control.find('stat:failed')).toThrow('did you mean state:?')
  })

  it('finds tasks by the tags that they were queued with, also once they have failed and are retried', async () => {
    const id = await put('ann', { tags: ['import:7', 'red, and loud'] })
    await put('bob', { tags: ['import:8'] })
    expect((await found('tag:"red, and loud"')).map((task) => task.id)).toEqual([id])
    expect((await found('tag:import:*')).map(({ tags }) => tags[0]).sort()).toEqual(['import:7', 'import:8'])
    const app = await at.serve()
    const failures = async (): Promise<boolean> => (await found('tag:import:* state:failed')).length === 2
    await until('both have failed', async () => ((await failures()) ? true : undefined))
    await app.close()
    await control.retry(await plan('retry', 'tag:import:7'))
    expect((await control.show(`${id}~1`))?.tags).toEqual(['import:7', 'red, and loud'])
  })

  it('passes by tasks that have started or ended since the plan', async () => {
    const planned = await put('ann', { delay: '1h' })
    const dropped = await plan('drop', 'state:delayed')
    const deleted = await plan('drop')
    const revoked = await plan('revoke', 'state:delayed')
    const first = await plan('run-now')
    expect(await control.runNow(first)).toMatchObject({ done: 1, skipped: 0 })
    for (const act of [control.drop(dropped), control.revoke(revoked)]) {
      expect(await act).toMatchObject({ done: 0, skipped: 1 })
    }
    const app = await at.serve()
    await until('it has failed', async () => ((await found('state:failed')).length === 1 ? true : undefined))
    await app.close()
    expect(await control.drop(deleted)).toMatchObject({ done: 0, skipped: 1 })
    expect((await control.show(planned))?.state).toBe('failed')
  })

  it('finds finished tasks where state: asks for them', async () => {
    isUp = true
    const [id = ''] = await fail('ann')
    expect(await found('args.to:ann')).toEqual([])
    expect((await found('state:done result.sent:ann')).map((task) => [task.id, task.state])).toEqual([[id, 'done']])
  })

  it('shows a task with its payload, but for what redact hides', async () => {
    const { id } = await api.tasks.queue(
      send,
      { to: 'ann', password: 'x' },
      {
        queue,
        callback: false,
      },
    )
    expect(await control.show(id)).toMatchObject({
      id,
      args: { to: 'ann', password: '[redacted]' },
      retries: [],
      logs: null,
    })
    expect(await found('args.password:x')).toEqual([])
    expect(await control.show('nobody')).toBeNull()
  })

  it('retries failed tasks as new ones, each once', async () => {
    const [ann = '', bob = ''] = await fail('ann', 'bob')
    const first = await plan('retry', 'error:ECONNRESET')
    expect(first).toMatchObject({ act: 'retry', count: 2, byJob: [{ job: 'mail.send', count: 2 }], isCut: false })
    const again = await plan('retry')
    const result = await control.retry(first, { reason: 'gateway is up', by: 'ada@host', from: 'spec' })
    expect(result).toMatchObject({ act: 'retry', done: 2, skipped: 0, left: 0 })
    expect([...result.created].sort()).toEqual([`${ann}~1`, `${bob}~1`].sort())
    expect(await control.retry(again)).toMatchObject({ done: 0, skipped: 2 })
    expect(await plan('retry')).toMatchObject({ count: 0 })
    isUp = true
    await at.serve()
    const retried = await api.tasks.get(`${ann}~1`)
    expect(retried).not.toBeNull()
    expect(await control.show(ann)).toMatchObject({ statusString: 'FAILURE', retries: [`${ann}~1`] })
    expect(await control.show(`${ann}~1`)).toMatchObject({ retryOf: ann, args: { to: 'ann' } })
    expect(acts).toMatchObject([
      { act: 'retry', by: 'ada@host', from: 'spec', done: 2, reason: 'gateway is up' },
      { done: 0 },
    ])
    expect((await control.audit({ limit: 2 }))[1]).toMatchObject({ operation: result.operation, target: first.filter })
  })

  it('retries with other arguments, spread over a time', async () => {
    await fail('ann', 'bob')
    const { created } = await control.retry(await plan('retry'), { spread: '10m', args: { to: 'eve' } })
    const tasks = await Promise.all(created.map((id) => control.show(id)))
    expect(tasks.map((task) => task?.args)).toEqual([{ to: 'eve' }, { to: 'eve' }])
    const waits = tasks.map((task) => (task?.dueAt ?? 0) - (task?.queuedAt ?? 0)).sort((a, b) => a - b)
    expect(waits).toEqual([0, 300_000])
  })

  it('retries nothing where one of the jobs does not take the other arguments', async () => {
    const other = `${queue}-other`
    const ids = [
      await put('ann', { delay: '1h' }),
      (await api.tasks.queue(count, { n: 1 }, { queue: other, delay: '1h', callback: false })).id,
    ]
    for (const id of ids) await api.tasks.revoke(id)
    for (const queues of [`${queue},${other}`, `${other},${queue}`]) {
      const both = await control.plan('retry', `queue:${queues}`)
      expect(both.count).toBe(2)
      await expect(control.retry(both, { args: { to: 'eve' } })).rejects.toMatchObject({ code: 'PQ_INVALID_ARGUMENTS' })
    }
    for (const id of ids) expect(await control.show(`${id}~1`)).toBeNull()
  })

  it('revokes, makes ready and gives another priority', async () => {
    const late = await put('ann', { delay: '1h' })
    const ready = await put('bob')
    expect(await control.runNow(await plan('run-now'))).toMatchObject({ done: 1 })
    expect((await control.list({ queue, state: 'ready' })).tasks.map(({ id }) => id)).toEqual([late, ready])
    expect(await control.prioritize(await plan('prioritize', 'args.to:bob'), 9)).toMatchObject({ done: 1 })
    expect((await control.list({ queue, state: 'ready' })).tasks.map(({ id }) => id)).toEqual([ready, late])
    expect(await control.revoke(await plan('revoke'), { reason: 'closed' })).toMatchObject({ done: 2 })
    expect((await control.show(late))?.exception).toMatch(/^revoked by .*@.*: closed$/)
    expect(await control.queue(queue)).toMatchObject({ ready: 0, failed: 2 })
    await expect(control.prioritize(await plan('prioritize'), 10)).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION' })
  })

  it('refuses a plan for a priority or a queue that the act would refuse', async () => {
    for (const [act, to] of [
      ['prioritize', 10],
      ['prioritize', '9'],
      ['move', 3],
      ['move', ''],
    ] as const) {
      await expect(control.plan(act, `queue:${queue}`, { to })).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION' })
    }
    expect(await control.plan('prioritize', `queue:${queue}`, { to: 0 })).toMatchObject({ count: 0 })
  })

  it('moves waiting tasks to another queue, once', async () => {
    const ids = [await put('ann'), await put('bob'), await put('eve', { delay: '1h' })]
    const to = `${queue}-slow`
    const result = await control.move(await plan('move'), to)
    expect(result).toMatchObject({ done: 3, skipped: 0 })
    expect(await control.queue(queue)).toMatchObject({ ready: 0, delayed: 0 })
    expect(await control.queue(to)).toMatchObject({ ready: 2, delayed: 1 })
    const tasks = await control.list({ queue: to, state: 'ready' })
    const moved = await Promise.all(tasks.tasks.map(async ({ id }) => (await api.tasks.get(id))?.kwargs))
    expect(moved).toEqual([{ to: 'ann' }, { to: 'bob' }])
    expect((await control.show(ids[0] ?? ''))?.exception).toBe(`moved to queue ${to}`)
    expect(await control.move(await plan('move'), to)).toMatchObject({ done: 0 })
  })

  it('drops tasks after they were exported, and imports them as they were', async () => {
    const [failed = ''] = await fail('zoe')
    const shown = await control.show(failed)
    const id = await put('ann', { delay: '1h' })
    const lines: string[] = []
    const result = await control.drop(await plan('drop'), { onExport: (line) => void lines.push(line) })
    expect([result.done, lines.length]).toEqual([2, 2])
    expect([await control.show(id), await control.show(failed)]).toEqual([null, null])
    expect(await control.import(lines)).toEqual({ imported: 1, known: 0, over: 1 })
    expect(await control.import(lines)).toEqual({ imported: 0, known: 2, over: 0 })
    expect(await control.show(id)).toMatchObject({ args: { to: 'ann' }, state: 'delayed' })
    expect(await control.show(failed)).toEqual(shown)
    expect(await control.retry(await plan('retry'))).toMatchObject({ done: 1, created: [`${failed}~1`] })
    expect(await control.retry(await plan('retry', `id:${failed}`))).toMatchObject({ done: 0 })
    await control.drop(await plan('drop', 'id:*~1'))
    const exported: string[] = []
    for await (const line of control.export(`queue:${queue}`)) exported.push(line)
    expect(exported.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual([id])
    await expect(control.import(['{"version":2}'])).rejects.toThrow('expected option line 1 to be a task')
  })

  it('ends an act behind its present chunk when it is aborted, and takes the rest up later', async () => {
    await Promise.all(Array.from({ length: 700 }, (_, i) => put(String(i), { delay: '1h' })))
    const abort = new AbortController()
    const options = {
      signal: abort.signal,
      onProgress: () => {
        abort.abort()
      },
    }
    const first = await control.revoke(await plan('revoke'), options)
    expect(first).toMatchObject({ done: 500, left: 200 })
    expect(await control.revoke(await plan('revoke'))).toMatchObject({ done: 200, left: 0 })
  })

  it('refuses a plan of another act, and what is no plan', async () => {
    await expect(control.drop(await plan('revoke'))).rejects.toThrow(
      'expected option plan to be one for drop, got one for revoke',
    )
    await expect(control.drop({ ...(await plan('drop')) })).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION' })
  })

  it('plans the first of many tasks', async () => {
    for (const to of ['ann', 'bob', 'eve']) await put(to)
    const cut = await control.plan('revoke', `queue:${queue}`, { max: 2 })
    expect(cut).toMatchObject({ count: 2, isCut: true })
    expect(await control.plan('revoke', `queue:${queue}`, { max: 3 })).toMatchObject({ count: 3, isCut: false })
  })

  it('plans with a max the next tasks on which the act still changes something', async () => {
    const other = `${queue}-above`
    for (const to of ['ann', 'bob', 'eve', 'joe', 'kim']) await put(to, { delay: '1h', priority: 3 })
    const next = async (act: 'move' | 'prioritize', to: string | number): Promise<number> => {
      const made = await control.plan(act, `queue:${queue}*`, { max: 2, to })
      const { done, skipped } = await (typeof to === 'string' ? control.move(made, to) : control.prioritize(made, to))
      expect({ skipped, count: made.count }).toEqual({ skipped: 0, count: done })
      return done
    }
    for (const [act, to] of [
      ['prioritize', 7],
      ['move', other],
      // A queue whose name comes first is looked into first: what has gone there is passed by.
      ['move', queue],
    ] as const) {
      expect([await next(act, to), await next(act, to), await next(act, to), await next(act, to)]).toEqual([2, 2, 1, 0])
    }
    for (const act of ['run-now', 'revoke', 'drop'] as const) {
      const made = await control.plan(act, `queue:${queue} state:live`, { max: 2 })
      const result = await { 'run-now': control.runNow, revoke: control.revoke, drop: control.drop }[act].call(
        control,
        made,
      )
      expect(result).toMatchObject({ done: 2, skipped: 0 })
    }
    expect(await found('state:live')).toHaveLength(1)
  })

  it('plans with a max failed tasks that were not retried yet, wherever it looks for them', async () => {
    for (const isById of [true, false]) {
      const ids = await fail('ann', 'bob', 'eve')
      const [filter, deep] = [isById ? `id:${ids.join(',')}` : `queue:${queue}`, !isById]
      const created: string[] = []
      for (const count of [2, 1, 0]) {
        const made = await control.plan('retry', filter, { max: 2, deep })
        expect(made).toMatchObject({ count, isCut: created.length === 0 })
        created.push(...(await control.retry(made)).created)
      }
      expect(created.sort()).toEqual(ids.map((id) => `${id}~1`).sort())
      await control.drop(await control.plan('drop', `queue:${queue}`, { deep: true }))
    }
  })

  it('pauses and resumes queues, and logs that', async () => {
    await put('ann')
    await control.pause(queue, { reason: 'gateway is down' })
    expect(await control.queue(queue)).toMatchObject({ paused: true })
    await control.resume(queue)
    expect(await control.queue(queue)).toMatchObject({ paused: false })
    expect(acts).toMatchObject([
      { act: 'pause', target: `queue:${queue}`, reason: 'gateway is down' },
      { act: 'resume', target: `queue:${queue}`, reason: null },
    ])
  })

  it('explains a task', async () => {
    const codes = async (id: string): Promise<string[]> => (await control.explain(id)).reasons.map(({ code }) => code)
    expect(await codes('nobody')).toEqual(['GONE'])
    const ready = await put('ann')
    const late = await put('bob', { delay: '1h' })
    const soon = await put('eve', { expires: '1h', priority: 2 })
    expect(await codes(ready)).toEqual(['NO_WORKER'])
    expect(await codes(late)).toEqual(['DELAYED'])
    expect(await codes(soon)).toEqual(['NO_WORKER', 'EXPIRES'])
    await control.pause(queue)
    expect(await codes(ready)).toEqual(['PAUSED', 'NO_WORKER'])
    expect(await codes(late)).toEqual(['DELAYED', 'PAUSED'])
    await at.serve()
    expect(await codes(soon)).toEqual(['PAUSED', 'STARVED', 'EXPIRES'])
    const { says, state, reasons, task } = await control.explain(late)
    expect([state, task?.id, reasons[0]?.fix]).toEqual([
      'delayed',
      late,
      `pq run-now id:${late} makes it ready at once`,
    ])
    expect(says).toMatch(/ mail\.send in queue queue-\d+ is due in 59 min \d+ s$/)
  })

  it('explains a task that is over', async () => {
    const [id = ''] = await fail('ann')
    const [reason] = (await control.explain(id)).reasons
    expect(reason).toMatchObject({ code: 'DONE', fix: `pq retry id:${id}`, evidence: { status: 'FAILURE', runs: 1 } })
    await control.retry(await plan('retry'))
    expect((await control.explain(id)).reasons[0]?.fix).toBe(`pq explain ${id}~1`)
  })

  it('lists its workers, and tells what is wrong', async () => {
    await put('ann', { delay: '1h' })
    const before = await control.doctor()
    expect(before.checks.find(({ says }) => says.includes(`queue ${queue} `))).toMatchObject({ state: 'ok' })
    await put('bob')
    const { healthy, checks } = await control.doctor()
    expect(healthy).toBe(false)
    expect(checks).toContainEqual(
      expect.objectContaining({
        name: 'queue-without-worker',
        state: 'fault',
        fix: `start one: pq start --task-queues ${queue}`,
      }),
    )
    const app = await at.serve()
    const workers = await control.workers()
    const worker = workers.find(({ queues }) => queues.some((each) => each.queue === queue))
    expect(worker).toMatchObject({ state: 'alive', status: { pid: process.pid, quiet: false, running: 0 } })
    const startedAt = worker?.status?.startedAt ?? 0
    expect(Math.abs(Date.now() - process.uptime() * 1_000 - startedAt)).toBeLessThan(10_000)
    await app.close()
  })
})
