import { PulsarQueue, defineJob } from 'pulsar-queue'
import { afterEach, describe, expect, it } from 'vitest'
import { deferred } from '../../../lib/util/deferred.js'
import { until } from '../../support/until.js'
import { useFixture } from './fixture.js'

const starts: string[] = []
const large = defineJob({ name: 'large' }, function () {
  starts.push('large')
  return 'x'.repeat(4_000_000)
})
const small = defineJob({ name: 'small' }, function (n: number) {
  starts.push(`small ${String(n)}`)
  return n
})

const measure = defineJob({ name: 'measure' }, (text: string) => text.length)
const both = [deferred<true>(), deferred<true>()] as const
const begun = Promise.all(both.map(({ promise }) => promise))
const reporting = defineJob({ name: 'reporting' }, async function (size: number) {
  const sent = this.progress('x'.repeat(size))
  both[0].resolve(true)
  await sent
})
const queueing = defineJob({ name: 'queueing' }, async function (size: number) {
  const sent = this.queue(measure, ['x'.repeat(size)], { callback: false })
  both[1].resolve(true)
  await sent
})

describe('a slow link', () => {
  const at = useFixture()
  const apps: PulsarQueue[] = []

  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close()
  })

  function appAt(port: number): PulsarQueue {
    const dataStore = `redis://127.0.0.1:${String(port)}/0`
    const app = new PulsarQueue({ dataStore, workers: 0, taskPaths: [], parseConsole: false, logLevel: 'silent' })
    apps.push(app)
    return app
  }

  it('carries a large result once, and small tasks do not wait for it', { timeout: 40_000 }, async () => {
    const proxy = await at.proxy()
    const api = await appAt(at.server.port).api().start()
    const ended: string[] = []
    await api.onEvents('task', 'done', (_type, _event, { name }) => ended.push(name))
    await appAt(proxy.port).start()
    await api.tasks.queue(small, [0])
    const opened = proxy.connections
    proxy.throttle = 500_000
    const first = api.tasks.queue(large, [])
    const others = Array.from({ length: 20 }, (_, i) => api.tasks.queue(small, [i + 1]))
    const tasks = await Promise.all([first, ...others])
    expect(tasks.map(({ statusString }) => statusString)).toEqual(Array(21).fill('SUCCESS'))
    expect(new Set(starts).size).toBe(starts.length)
    // The listener looks up the record of the large one, as the producer does.
    await until('the last event', () => (ended.length < 22 ? undefined : true))
    expect(ended).toEqual([...Array<string>(21).fill('small'), 'large'])
    // One more, for the large result. None was replaced.
    expect(proxy.connections).toBe(opened + 1)
  })

  it('carries a large call beside the small ones of the same producer', { timeout: 40_000 }, async () => {
    const proxy = await at.proxy()
    await appAt(at.server.port).start()
    const { tasks } = await appAt(proxy.port).api().start()
    await tasks.queue(small, [0])
    proxy.throttle = 500_000
    const ended: string[] = []
    const note = (name: string) => () => ended.push(name)
    const sent = [tasks.queue(measure, ['x'.repeat(4_000_000)]).then(note('large'))]
    for (let i = 1; i <= 5; i++) sent.push(tasks.queue(small, [i]).then(note('small')))
    await Promise.all(sent)
    expect(ended).toEqual([...Array<string>(5).fill('small'), 'large'])
  })

  it(
    'carries large progress and a large call of a job beside the tasks of its worker',
    { timeout: 40_000 },
    async () => {
      const proxy = await at.proxy()
      const { tasks } = await appAt(at.server.port).api().start()
      await appAt(proxy.port).start()
      await tasks.queue(small, [0])
      proxy.throttle = 500_000
      const ended: string[] = []
      const note = (name: string) => () => ended.push(name)
      const larges = [
        tasks.queue(reporting, [4_000_000]).then(note('progress')),
        tasks.queue(queueing, [4_000_000]).then(note('call')),
      ]
      await begun
      const smalls = Array.from({ length: 5 }, (_, i) => tasks.queue(small, [i]).then(note('small')))
      await Promise.all([...larges, ...smalls])
      expect(ended.slice(0, 5)).toEqual(Array(5).fill('small'))
      expect(ended.slice(5).sort()).toEqual(['call', 'progress'])
    },
  )
})
