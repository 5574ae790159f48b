import { globSync } from 'tinyglobby'
import type { PulsarQueueOptions } from 'pulsar-queue'
import { PulsarQueue, TaskError, defineJob } from 'pulsar-queue'
import { afterEach, describe, expect, it } from 'vitest'
import type { ScriptName } from '../../../lib/stores/redis/scripts/script.js'
import { Script } from '../../../lib/stores/redis/scripts/script.js'
import { ACL_RULES } from '../../support/acl-rules.js'
import { until } from '../../support/until.js'
import { useFixture } from './fixture.js'

let runs = 0
const busy = defineJob({ name: 'busy', maxConcurrency: 1, maxRetries: 1 }, async function (n: number) {
  await this.progress(n)
  const lock = await this.lock('of all')
  await lock.release()
  if (n === 2 && ++runs === 1) throw new TaskError('not yet')
  return n
})

describe('the permissions of docs/redis.md', () => {
  const at = useFixture()
  const apps: PulsarQueue[] = []

  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close()
  })

  /** An app whose user is allowed exactly what the page says. */
  async function appOf(user: string, more: PulsarQueueOptions = {}): Promise<PulsarQueue> {
    const rules = ACL_RULES.get(user)
    if (!rules) throw new Error(`docs/redis.md has no line for ${user}`)
    await at.redis.call('ACL', 'SETUSER', user, 'reset', 'on', '>secret', ...rules)
    const dataStore = `redis://${user}:secret@127.0.0.1:${String(at.server.port)}/0`
    const app = new PulsarQueue({ dataStore, parseConsole: false, logLevel: 'silent', ...more })
    apps.push(app)
    return app
  }

  it('are enough for a worker, a producer and an observer', async () => {
    const jobs = { taskPaths: [], workers: 0 }
    await (await appOf('worker', jobs)).start()
    const producer = await (await appOf('producer')).api().start()
    const observer = await (await appOf('observer')).api().start()
    const ended: string[] = []
    await observer.onEvents('task', 'done', (_type, _event, { id }) => ended.push(id))
    const futures = [1, 2, 3].map((n) => producer.tasks.queue(busy, [n], { delay: n === 3 ? '20ms' : 0 }))
    const tasks = await Promise.all(futures)
    expect(tasks.map((each): unknown => each.result)).toEqual([1, 2, 3])
    const elsewhere = await producer.tasks.queue(busy, [5], { queue: 'a new queue', callback: false })
    await producer.tasks.revoke(elsewhere.id)
    const later = await producer.tasks.queue(busy, [4], { delay: '1h', callback: false })
    expect((await observer.tasks.get(later.id))?.statusString).toBe('QUEUED')
    expect(await observer.tasks.size('pulsarqueue')).toEqual([1])
    await producer.tasks.revoke(later.id)
    expect(await producer.tasks.size('pulsarqueue')).toEqual([0])
    await until('the event of the last one', () => (ended.at(-1) === later.id ? true : undefined))
    // The task that is tried again and the delayed one may end in either order.
    expect(ended.toSorted()).toEqual([...tasks.map(({ id }) => id), elsewhere.id, later.id].toSorted())
    // Nothing was tried that the page does not list, but for what it calls optional.
    const log = (await at.redis.call('ACL', 'LOG')) as string[][]
    const refused = new Set(log.map((entry) => entry[entry.indexOf('object') + 1]))
    expect([...refused].filter((name) => !/^(?:info|client\|\w+)$/.test(name ?? ''))).toEqual([])
  })

  it('are enough for an operator', async () => {
    const producer = await (await appOf('producer')).api().start()
    const { control } = await (await appOf('operator')).api().start()
    const queue = 'of an operator'
    const { id } = await producer.tasks.queue(busy, [1], { queue, delay: '1h', callback: false })
    await producer.tasks.queue(busy, [2], { queue, callback: false })
    for (const state of ['ready', 'delayed', 'held', 'failed', 'recent'] as const) await control.list({ queue, state })
    const plan = async (act: Parameters<typeof control.plan>[0]) =>
      await control.plan(act, `queue:"${queue}"`, { deep: true })
    expect(await control.prioritize(await plan('prioritize'), 9)).toMatchObject({ done: 2 })
    expect(await control.runNow(await plan('run-now'))).toMatchObject({ done: 1 })
    expect(await control.revoke(await plan('revoke'))).toMatchObject({ done: 2 })
    expect(await control.retry(await plan('retry'))).toMatchObject({ done: 2 })
    expect(await control.move(await plan('move'), 'moved')).toMatchObject({ done: 2 })
    expect((await control.drop(await plan('drop'))).done).toBeGreaterThanOrEqual(4)
    expect(await control.show(id)).toBeNull()
    expect((await control.audit()).length).toBe(6)
    await control.pause(queue)
    await control.doctor()
  })

  it.each([
    ['worker', ['queue/*', 'locks/*', 'operations/observe']],
    ['operator', ['queue/*', 'operations/*']],
  ])('of a %s have every command of the scripts, and of the parts that these include', (user, scripts) => {
    const root = 'src/stores/redis/'
    const verbs = globSync(scripts.map((script) => `${root}${script}.lua`))
    const commands = verbs.flatMap((path) => {
      const { source } = Script.named(path.slice(root.length).replace('.lua', '') as ScriptName)
      return [...source.matchAll(/call(?:_with)?\('([A-Z]+)'/g)].map(([, name]) => name)
    })
    expect(commands.length).toBeGreaterThan(50)
    const allowed = ACL_RULES.get(user) ?? []
    expect([...new Set(commands.filter((name) => !allowed.includes(`+${String(name).toLowerCase()}`)))]).toEqual([])
  })

  it('let an observer neither queue a task nor end one', async () => {
    const observer = await (await appOf('observer')).api().start()
    await at.broker.queue('pulsarqueue', [])
    await expect(observer.tasks.queue(busy, [1])).rejects.toMatchObject({
      code: 'PQ_BROKER_UNREACHABLE',
      message: expect.stringMatching(/NOPERM.*; allow its user .*docs\/redis\.md/) as string,
    })
  })
})
