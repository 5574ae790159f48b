import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Api, QueueOverview } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

let server: RedisServer
let app: PulsarQueue
let api: Api

beforeAll(async () => {
  server = await startRedisServer()
  app = new PulsarQueue({
    dataStore: `${server.url}?connectTimeout=1s`,
    workers: 0,
    logLevel: 'silent',
    parseConsole: false,
  })
  api = await app.api().start()
  await api.broker.pause('mail')
})
afterAll(async () => {
  await app.close()
  await server.stop()
})

interface Sent {
  readonly event: string
  readonly data: { readonly queues?: readonly QueueOverview[]; readonly says?: string; readonly away?: string }
}

/** A viewer of the page. */
async function view(dashboard: ReturnType<PulsarQueue['dashboard']>) {
  const gone = new AbortController()
  const response = await dashboard(new Request('http://127.0.0.1/api/v1/live', { signal: gone.signal }))
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
    response,
    async next(): Promise<Sent | null> {
      for (;;) {
        const found = /event: (\w+)\ndata: (.*)\n\n/.exec(text)
        if (found) {
          text = text.slice(found.index + found[0].length)
          return { event: found[1] ?? '', data: JSON.parse(found[2] ?? '') as Sent['data'] }
        }
        const { done, value } = await reader.read()
        if (done) return null
        text += decoder.decode(value, { stream: true })
      }
    },
    leave() {
      gone.abort()
    },
  }
}

describe('the updates of the dashboard', () => {
  it('come by themselves', async () => {
    const viewer = await view(app.dashboard())
    expect(viewer.response.headers.get('content-type')).toBe('text/event-stream')
    const first = await viewer.next()
    expect(first).toMatchObject({ event: 'look', data: { queues: [{ name: 'mail', paused: true }] } })
    await api.broker.resume('mail')
    let next = await viewer.next()
    while (next?.data.queues?.[0]?.paused) next = await viewer.next()
    expect(next).toMatchObject({ event: 'look', data: { queues: [{ name: 'mail', paused: false }] } })
    viewer.leave()
  })

  it('end with the request of the viewer, also when only its signal is left of that', async () => {
    const viewer = await view(app.dashboard())
    expect((await viewer.next())?.event).toBe('look')
    for (let i = 0; i < 5; i++) {
      collectGarbage()
      // Garbage is collected for good at the end of a turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
    viewer.leave()
    let last = await viewer.next()
    while (last !== null) last = await viewer.next()
    expect(last).toBeNull()
  })

  it('come from one look for all viewers, and from none when they have left', async () => {
    const looks = vi.spyOn(api.control, 'overview')
    onTestFinished(() => {
      looks.mockRestore()
    })
    const dashboard = app.dashboard()
    const viewers = await Promise.all(Array.from({ length: 20 }, async () => await view(dashboard)))
    for (let turn = 0; turn < 2; turn += 1) for (const viewer of viewers) await viewer.next()
    expect(looks).toHaveBeenCalledTimes(2)
    for (const viewer of viewers) viewer.leave()
    // The looks of another dashboard come as often as those of the first one would.
    const other = await view(app.dashboard())
    for (let turn = 0; turn < 4; turn += 1) await other.next()
    expect(looks).toHaveBeenCalledTimes(6)
    other.leave()
  })

  it('say that the store is away, and go on when it is back', async () => {
    const viewer = await view(app.dashboard())
    await viewer.next()
    await server.kill()
    let sent = await viewer.next()
    while (sent?.event === 'look') sent = await viewer.next()
    expect(sent?.event).toBe('away')
    expect(sent?.data.says).toContain('The store does not answer')
    await server.restart()
    while (sent?.event === 'away') sent = await viewer.next()
    expect(sent?.event).toBe('look')
    viewer.leave()
  })

  it('say to whoever comes while the store is away that what they get is old', async () => {
    const dashboard = app.dashboard()
    const viewer = await view(dashboard)
    await viewer.next()
    await server.kill()
    let sent = await viewer.next()
    while (sent?.event === 'look') sent = await viewer.next()
    const late = await view(dashboard)
    const first = await late.next()
    expect(first).toMatchObject({ event: 'look' })
    expect(first?.data.away).toContain('The store does not answer')
    await server.restart()
    for (sent = first; sent?.event !== 'look' || sent.data.away !== undefined;) sent = await late.next()
    viewer.leave()
    late.leave()
  })

  it('say that the store is away before a call to it has given up', async () => {
    const patient = new PulsarQueue({ dataStore: server.url, workers: 0, logLevel: 'silent', parseConsole: false })
    onTestFinished(async () => {
      await patient.close()
    })
    const viewer = await view(patient.dashboard())
    expect((await viewer.next())?.event).toBe('look')
    await server.kill()
    // A call itself waits for a server for ten seconds.
    const call = (await patient.api().start()).control.queues().then(
      () => 'answered',
      () => 'given up',
    )
    const told = async (): Promise<string | undefined> => {
      let sent = await viewer.next()
      while (sent?.event === 'look') sent = await viewer.next()
      return sent?.data.says
    }
    expect(await Promise.race([call, told()])).toContain('The store does not answer')
    viewer.leave()
    await server.restart()
    await call
  })

  it('have looks beside them that are refused soon while the store is away, and answered when it is back', async () => {
    const patient = new PulsarQueue({ dataStore: server.url, workers: 0, logLevel: 'silent', parseConsole: false })
    onTestFinished(async () => {
      await patient.close()
    })
    const dashboard = patient.dashboard()
    const ask = async (path: string) => (await dashboard(new Request(`http://127.0.0.1/${path}`))).status
    const paths = ['api/v1/queues', 'api/v1/tasks/none', 'api/v1/doctor', 'metrics', 'autoscale/mail']
    expect(await ask('api/v1/queues')).toBe(200)
    await server.kill()
    // A call itself waits for a server for ten seconds.
    const call = (await patient.api().start()).control.queues().then(
      () => 'answered',
      () => 'given up',
    )
    expect(await Promise.race([call, Promise.all(paths.map(ask))])).toEqual(paths.map(() => 503))
    await server.restart()
    expect(await ask('api/v1/queues')).toBe(200)
  })

  it('show what the visitor may see by now, and end where they are let in no more', async () => {
    for (const queue of ['mail', 'letters']) await api.broker.pause(queue)
    let queues: readonly string[] | null = ['mail']
    const authorize = () => (queues === null ? null : { user: 'ada', can: 'viewer' as const, queues })
    const viewer = await view(app.dashboard({ auth: { authorize } }))
    const namesOf = (sent: Sent | null) => sent?.data.queues?.map(({ name }) => name)
    expect(namesOf(await viewer.next())).toEqual(['mail'])
    queues = ['letters']
    let sent = await viewer.next()
    while (namesOf(sent)?.[0] === 'mail') sent = await viewer.next()
    expect(namesOf(sent)).toEqual(['letters'])
    queues = null
    while (sent !== null) sent = await viewer.next()
    expect(sent).toBeNull()
  })

  it('end with the app', async () => {
    const other = new PulsarQueue({
      dataStore: 'embedded::memory:dashboard-ends',
      parseConsole: false,
      logLevel: 'silent',
    })
    const viewer = await view(other.dashboard())
    await viewer.next()
    await other.close()
    while ((await viewer.next()) !== null);
  })
})
