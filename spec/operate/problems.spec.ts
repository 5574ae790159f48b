import type { Api, AuditEntry, Control } from 'pulsar-queue'
import { defineJob, Manager } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'

let isUp = false
const send = defineJob({ name: 'mail.send' }, ({ to, number }: { to: string; number: number }) => {
  if (isUp) return 'sent'
  if (to === 'nobody') throw new RangeError(`no mailbox at line ${String(number)}`)
  throw new Error(
    `no mailbox ${to} on mx${String(number)}.example.org:${String(2_500 + number)}, see /var/log/${to}.log`,
  )
})
const read = defineJob({ name: 'mail.read', maxRetries: 1, retryDelay: '1h' }, ({ to }: { to: string }) => {
  throw new TypeError(`no mailbox ${to}`)
})

const acts: AuditEntry[] = []
class Watching extends Manager {
  override operatorActed(entry: AuditEntry): void {
    acts.push(entry)
  }
}

describe.each(STORES)('problems on $store', ({ make }) => {
  const at = useOperatedStore(make, {}, Watching)
  let api: Api
  let control: Control
  let queue: string

  beforeEach(async () => {
    ;({ api, control, queue } = at)
    isUp = false
    acts.length = 0
    await at.serve({ appVersion: '2.3.0' })
  })

  /** Runs tasks until they have failed. */
  const fail = async (...names: string[]): Promise<string[]> => {
    const tasks = names.map((to, i) => api.tasks.queue(send, { to, number: i }, { queue }))
    return (await Promise.all(tasks)).map(({ id }) => id)
  }

  it('are the same for a hundred tasks whose errors differ in ids, numbers, hosts and paths, and have none of these', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `user-${String.fromCharCode(97 + (i % 26))}${String(i)}`)
    const ids = await fail(...names)
    const [problem, ...others] = await control.problems({ queue })
    expect(others).toEqual([])
    expect(problem).toMatchObject({
      queue,
      job: 'mail.send',
      error: 'Error',
      count: 100,
      state: 'open',
      regressed: false,
      versions: ['2.3.0'],
    })
    expect(problem?.message).toBe('no mailbox <arg> on <host>, see <path>')
    expect(problem?.samples).toHaveLength(3)
    expect(ids).toEqual(expect.arrayContaining([...(problem?.samples ?? [])]))
    expect((await control.show(ids[0] ?? ''))?.problem).toBe(problem?.id)
  })

  it('are others for another job and another throwing line, and count retries', async () => {
    await fail('ann', 'nobody')
    await api.tasks.queue(read, { to: 'ann' }, { queue, callback: false })
    const problems = await until('three problems', async () => {
      const found = await control.problems({ queue })
      return found.length === 3 ? found : undefined
    })
    expect(problems.map(({ error }) => error).sort()).toEqual(['Error', 'RangeError', 'TypeError'])
    expect(new Set(problems.map(({ id }) => id)).size).toBe(3)
  })

  it('can be retried as a group', async () => {
    const ids = await fail('ann', 'bob', 'nobody')
    const problem = (await control.problems({ queue })).find(({ error }) => error === 'Error')
    isUp = true
    const plan = await control.plan('retry', `queue:${queue} problem:${problem?.id.slice(0, 6) ?? ''}`)
    expect(plan.count).toBe(2)
    const { created } = await control.retry(plan, { spread: '1s' })
    expect([...created].sort()).toEqual([`${ids[0] ?? ''}~1`, `${ids[1] ?? ''}~1`].sort())
    expect((await control.plan('retry', `queue:${queue} problem:${problem?.id ?? ''}`)).count).toBe(0)
    expect((await control.plan('retry', `queue:${queue} -problem:${problem?.id ?? ''}`)).count).toBe(1)
    expect((await control.plan('retry', `queue:${queue} problem:zz`)).count).toBe(0)
  })

  it('regress when they come back after they were resolved', async () => {
    await fail('ann', 'nobody')
    const [{ id } = { id: '' }] = (await control.problems({ queue })).filter(({ error }) => error === 'Error')
    const before = await control.problem(id.slice(0, 8)).resolve({ queue, reason: 'new gateway', by: 'ada' })
    expect(before).toMatchObject([{ id, state: 'open' }])
    expect(await control.problems({ queue, state: 'resolved' })).toMatchObject([{ id, regressed: false }])
    expect(await control.problems({ queue, state: 'open' })).toHaveLength(1)
    await fail('bob', 'nobody')
    const [first] = await control.problems({ queue })
    expect(first).toMatchObject({ id, state: 'open', regressed: true, count: 2 })
    await control.problem(id).mute({ queue })
    await fail('eve')
    expect(await control.problems({ queue, state: 'muted' })).toMatchObject([{ id, regressed: false, count: 3 }])
    await control.problem(id).reopen({ queue })
    expect((await control.problems({ queue, state: 'open' })).map((each) => each.id)).toContain(id)
    expect(acts.map(({ act, by, reason, target }) => [act, by === 'ada' ? by : '', reason, target])).toEqual([
      ['resolve', 'ada', 'new gateway', `problem:${id} queue:${queue}`],
      ['mute', '', null, `problem:${id} queue:${queue}`],
      ['reopen', '', null, `problem:${id} queue:${queue}`],
    ])
  })

  it('are named by what begins one of them only', async () => {
    await fail('ann')
    await expect(control.problem('').resolve({ queue })).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION' })
    await expect(control.problem('nothing').resolve({ queue })).rejects.toMatchObject({ code: 'PQ_NOT_FOUND' })
    await expect(control.problem('x').resolve()).rejects.toThrow('pq problems lists them')
  })
})
