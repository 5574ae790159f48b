import { PulsarQueue, defineJob } from 'pulsar-queue'
import { afterEach, describe, expect, it } from 'vitest'
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
    expect(ended).toEqual([...Array<string>(21).fill('small'), 'large'])
    // One more, for the large result. None was replaced.
    expect(proxy.connections).toBe(opened + 1)
  })
})
