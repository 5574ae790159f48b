import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { Api, Control } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { viewTable } from '../../lib/cli/top/views.js'
import { healthOf } from '../../lib/dashboard/health.js'
import { startRedisServer } from '../support/redis-server.js'
import { runPq } from '../support/run-pq.js'
import { newTask } from '../support/new-task.js'

/** What each kind of store has that cannot be read, beside queues that are well. */
interface Damage {
  readonly url: string
  readonly dispose: () => Promise<void>
}

async function fill(url: string): Promise<void> {
  const app = new PulsarQueue({ dataStore: url, taskPaths: [], parseConsole: false, logLevel: 'silent' })
  const api = await app.api().start()
  for (const queue of ['aa', 'broken', 'good']) await api.broker.queue(queue, [newTask(`${queue}-1`)])
  await app.close()
}

/** Another program has written a key of one queue. */
async function wrongKey(): Promise<Damage> {
  const server = await startRedisServer()
  await fill(server.url)
  const redis = new Redis(server.url)
  await redis.set('{pq:broken}:t', 'of another program')
  redis.disconnect()
  return { url: server.url, dispose: server.stop }
}

/** The file of what operators see is damaged. */
async function damagedMetrics(): Promise<Damage> {
  const directory = mkdtempSync(join(tmpdir(), 'pq-damaged-'))
  await fill(`embedded:${directory}`)
  writeFileSync(join(directory, 'metrics.db'), Buffer.alloc(8_192, 'no database '))
  return {
    url: `embedded:${directory}`,
    dispose: async () => {
      rmSync(directory, { recursive: true, force: true })
      await Promise.resolve()
    },
  }
}

let damage: Damage
let app: PulsarQueue
let api: Api
let control: Control

const use = (make: () => Promise<Damage>): void => {
  beforeAll(async () => {
    damage = await make()
    app = new PulsarQueue({ dataStore: damage.url, taskPaths: [], parseConsole: false, logLevel: 'silent' })
    api = await app.api().start()
    ;({ control } = api)
  })
  afterAll(async () => {
    await app.close()
    await damage.dispose()
  })
}
const get = async (path: string) => {
  const dashboard = app.dashboard({ auth: { token: 'a token of the operators' } })
  const response = await dashboard(
    new Request(`http://127.0.0.1:8070/${path}`, { headers: { authorization: 'Bearer a token of the operators' } }),
  )
  return response
}
const idsOf = async (filter: string): Promise<string[]> => {
  const ids: string[] = []
  for await (const { id } of control.find(filter)) ids.push(id)
  return ids
}

describe('a queue whose key another program has written', () => {
  use(wrongKey)
  const error = expect.stringContaining('expected key {pq:broken}:t') as unknown as string

  it('is one row with its error, and the others are shown', async () => {
    for (const queues of [await control.queues(), (await control.overview()).queues]) {
      expect(queues).toMatchObject([
        { name: 'aa', ready: 1 },
        { name: 'broken', ready: 0, error },
        { name: 'good', ready: 1 },
      ])
      expect(queues[0]).not.toHaveProperty('error')
    }
    expect(await control.workers()).toEqual([])
    expect(await control.schedules()).toEqual([])
    expect(await control.problems()).toEqual([])
    expect(await control.jobs()).toEqual([])
    await expect(control.queue('broken')).rejects.toMatchObject({ code: 'PQ_KEY_TYPE' })
  })

  it('is a fault of the doctor, which says what to do and checks the others', async () => {
    const { healthy, checks } = await control.doctor()
    expect(healthy).toBe(false)
    expect(checks.filter(({ state }) => state === 'fault').map(({ name }) => name)).toEqual([
      'queue-unreadable',
      'queue-without-worker',
      'queue-without-worker',
    ])
    expect(checks.find(({ name }) => name === 'queue-unreadable')).toEqual({
      name: 'queue-unreadable',
      state: 'fault',
      says: 'queue broken cannot be read: its key {pq:broken}:t is a string and not a hash, as another program has written it',
      fix: 'rename or delete the key (RENAME, DEL), and keep that program away by another database or namespace',
    })
    expect((await control.doctor({ queues: (name) => name === 'good' })).checks.map(({ name }) => name)).not.toContain(
      'queue-unreadable',
    )
  })

  it('is left out of the metrics, which say so', async () => {
    const text = await control.metrics()
    expect(text).toContain('pulsar_queue_unreadable{queue="broken"} 1\n')
    expect(text).toContain('pulsar_queue_unreadable{queue="good"} 0\n')
    expect(text).toContain('pulsar_queue_tasks{queue="good",state="ready"} 1\n')
    expect(text).not.toContain('pulsar_queue_tasks{queue="broken"')
  })

  it('hides no task of the others from a search, a plan and a look-up; an export fails at its end', async () => {
    const search = control.find('state:live')
    const found: string[] = []
    for await (const { id } of search) found.push(id)
    expect(found).toEqual(['aa-1', 'good-1'])
    expect(search.progress).toMatchObject({ found: 2, unread: ['broken'] })
    expect((await control.plan('drop', 'state:live')).count).toBe(2)
    expect(await idsOf('id:good-1')).toEqual(['good-1'])
    expect(await control.show('good-1')).toMatchObject({ queue: 'good' })
    expect(await control.explain('good-1')).toMatchObject({ state: 'ready' })
    await expect(idsOf('queue:broken')).rejects.toMatchObject({ code: 'PQ_KEY_TYPE' })
    const lines: string[] = []
    const exported = (async () => {
      for await (const line of control.export('state:live')) lines.push(line)
    })()
    await expect(exported).rejects.toMatchObject({ code: 'PQ_KEY_TYPE' })
    expect(lines).toHaveLength(2)
  })

  it('is a row of pq ls and pq top, and the other commands go on', async () => {
    const store = ['--data-store', damage.url]
    const listed = await runPq(['ls', ...store])
    expect(listed.code).toBe(1)
    expect(listed.stdout).toMatch(/QUEUE .* ERROR\n/)
    expect(listed.stdout).toMatch(/broken( +-){9} +expected key \{pq:broken\}:t/)
    expect(listed.stdout).toMatch(/good +1 /)
    const named = await runPq(['ls', 'good', 'broken', '--json', ...store])
    expect(
      named.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { name: 'good', ready: 1 },
      { name: 'broken', error },
    ])
    expect((await runPq(['ls', 'good', ...store])).stdout).not.toContain('ERROR')
    expect(await runPq(['workers', ...store])).toMatchObject({ code: 0 })
    expect((await runPq(['find', 'state:live', '--json', ...store])).code).toBe(1)
    const doctor = await runPq(['doctor', ...store])
    expect(doctor.stdout).toContain('✗ queue broken cannot be read')
    expect(doctor.stdout).toContain('✗ queue good has 1 ready task and no worker')
    const [report] = (await runPq(['top', '--json', ...store])).stdout.trim().split('\n')
    expect(JSON.parse(report ?? '')).toMatchObject({ queues: [{ name: 'aa' }, { name: 'broken', error }, {}] })
    const { queues } = await control.overview()
    const table = viewTable('queues', { at: 0, queues, jobs: null, workers: null, problems: null })
    expect(table?.heads.at(-1)).toBe('ERROR')
    expect(table?.rows[1]?.texts).toEqual(['broken', ...Array<string>(9).fill('-'), error])
  })

  it('is told to those who watch, by the page and by HTTP', async () => {
    const { queues } = await control.overview()
    expect(healthOf(queues)).toMatchObject({ state: 'fault', href: '#/queues/broken' })
    const statuses: Record<string, number> = {}
    for (const path of ['queues', 'workers', 'schedules', 'problems', 'jobs', 'doctor', 'session', 'tasks/good-1']) {
      statuses[path] = (await get(`api/v1/${path}`)).status
    }
    expect(new Set(Object.values(statuses))).toEqual(new Set([200]))
    const rows = ((await (await get('api/v1/queues')).json()) as { rows: object[] }).rows
    expect(rows).toMatchObject([{}, { name: 'broken', error }, {}])
    expect((await get('metrics')).status).toBe(200)
    expect((await get('api/v1/series?step=1m&from=0')).status).toBe(200)
    const refused = await get('api/v1/tasks?queue=broken&state=ready')
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ error: { code: 'PQ_KEY_TYPE', message: error } })
    const live = (await get('api/v1/live')).body?.getReader()
    let text = ''
    while (!text.includes('\n\nevent: ') || !text.endsWith('\n\n')) {
      text += new TextDecoder().decode((await live?.read())?.value as Uint8Array | undefined)
    }
    await live?.cancel()
    expect(text).toContain('event: look')
    expect(text).toContain('"name":"broken"')
    expect(text).not.toContain('does not answer')
  })
})

describe('a move to a queue whose key another program has written', () => {
  use(wrongKey)

  it('is not begun where the queue cannot be read', async () => {
    await expect(control.move(await control.plan('move', 'queue:good'), 'broken')).rejects.toMatchObject({
      code: 'PQ_KEY_TYPE',
    })
    expect(await idsOf('queue:good')).toEqual(['good-1'])
  })

  it('leaves what cannot arrive on its way, and holds up no other move', async () => {
    const redis = new Redis(damage.url)
    // The list of the ready tasks of a priority: only what queues a task meets it.
    await redis.set('{pq:stuck}:r4', 'of another program')
    await expect(control.move(await control.plan('move', 'queue:good'), 'stuck')).rejects.toMatchObject({
      code: 'PQ_KEY_TYPE',
    })
    expect((await control.doctor()).checks.filter(({ name }) => name === 'moving')).toMatchObject([
      { says: expect.stringContaining('1 task of queue good is on the way') as string },
    ])
    const [onItsWay] = (await control.explain('good-1')).reasons
    expect(onItsWay).toMatchObject({ code: 'MOVED', evidence: { movedTo: 'stuck', isThere: false } })
    expect(onItsWay?.says).toMatch(/^it has been on its way to queue stuck as \S+ for .*: whoever moves it/)
    expect((await control.plan('retry', 'id:good-1')).count).toBe(0)

    expect(await control.move(await control.plan('move', 'queue:aa'), 'zz')).toMatchObject({ done: 1 })
    // Others that leave the same queue arrive, too.
    await api.broker.queue('good', [newTask('good-2')])
    expect(await control.move(await control.plan('move', 'queue:good'), 'zz')).toMatchObject({ done: 1 })
    expect(await control.queue('zz')).toMatchObject({ ready: 2 })
    await api.broker.reclaim('good', { crashCap: 3, outcome: '{}', ttl: 1, grace: 10 })

    await redis.set('{pq:stuck}:t', 'of another program')
    expect((await control.explain('good-1')).reasons[0]?.says).toContain('expected key {pq:stuck}:t')
    await redis.del('{pq:stuck}:t', '{pq:stuck}:r4')
    redis.disconnect()
    await control.move(await control.plan('move', 'id:none'), 'zz')
    expect(await control.queue('stuck')).toMatchObject({ ready: 1 })
    const newId = String((await control.show('good-1'))?.moved?.id)
    expect((await control.explain('good-1')).reasons).toMatchObject([{ code: 'MOVED', fix: `pq explain ${newId}` }])
    expect(await control.show(newId)).toMatchObject({ queue: 'stuck' })
  })
})

describe('an embedded store whose metrics.db is damaged', () => {
  use(damagedMetrics)

  it('shows its queues, and the doctor names the file and checks the rest', async () => {
    expect(await control.queues()).toMatchObject([
      { name: 'aa', ready: 1, rates: null },
      {},
      { name: 'good', ready: 1 },
    ])
    expect((await control.overview()).queues).toHaveLength(3)
    const { checks } = await control.doctor()
    const faults = checks.filter(({ state }) => state === 'fault').map(({ name }) => name)
    expect(faults[0]).toBe('metrics-file')
    expect(faults.filter((name) => name === 'queue-without-worker')).toHaveLength(3)
    expect(checks.find(({ name }) => name === 'metrics-file')?.fix).toContain('no task is lost')
  })

  it('has the metrics of the sizes, and a page', async () => {
    const text = await control.metrics()
    expect(text).toContain('pulsar_queue_tasks{queue="good",state="ready"} 1\n')
    expect(text).toContain('pulsar_queue_unreadable{queue="good"} 1\n')
    expect((await get('api/v1/session')).status).toBe(200)
    expect((await get('api/v1/queues')).status).toBe(200)
    expect((await get('api/v1/jobs')).status).not.toBe(500)
  })
})
