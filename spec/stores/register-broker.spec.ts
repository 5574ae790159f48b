import type { Broker } from 'pulsar-queue'
import { PulsarQueue, registerBroker } from 'pulsar-queue'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { EmbeddedBroker } from '../../lib/stores/embedded/embedded-broker.js'
import { EmbeddedPermitStore } from '../../lib/stores/embedded/embedded-permit-store.js'
import { EmbeddedPubSub } from '../../lib/stores/embedded/embedded-pub-sub.js'

const JOBS = fileURLToPath(new URL('../worker/fixtures/jobs.ts', import.meta.url))
const renewed: string[] = []

/** A broker of somebody else's: only this process can open it. */
class Foreign extends EmbeddedBroker {
  override get heartbeatUrl(): string {
    return 'foreign://here'
  }
  override async renew(queue: string, worker: string) {
    renewed.push(queue)
    return await super.renew(queue, worker)
  }
}

const foreign = (url: string): Broker => new Foreign(`embedded::memory:${new URL(url).host}`)
const whole = {
  broker: foreign,
  pubsub: (url: string) => new EmbeddedPubSub(`embedded::memory:${new URL(url).host}`),
  locks: (url: string) => new EmbeddedPermitStore(`embedded::memory:${new URL(url).host}`),
}

describe('a registered broker', () => {
  let app: PulsarQueue | undefined

  afterEach(async () => {
    await app?.close()
  })

  it('serves URLs of its scheme, and its leases are renewed from the main thread', async () => {
    registerBroker('foreign', foreign)
    registerBroker('foreign', foreign)
    app = new PulsarQueue({
      messageBroker: 'foreign://queue',
      dataStore: 'embedded::memory:',
      taskPaths: [JOBS],
      workers: 0,
      leaseTtl: '1s',
      parseConsole: false,
      logLevel: 'silent',
    })
    const api = await app.api().start()
    await app.start()
    const task = await api.tasks.queue('patient', { effects: '/dev/null', limit: 1_500 })
    expect(task).toMatchObject({ statusString: 'SUCCESS', retry: 1 })
    expect(renewed.length).toBeGreaterThan(1)
  })

  it('can be the data store if it has pub/sub and locks, and is refused otherwise', async () => {
    registerBroker('whole', whole)
    app = new PulsarQueue({
      dataStore: 'whole://all',
      taskPaths: [JOBS],
      workers: 0,
      parseConsole: false,
      logLevel: 'silent',
    })
    const api = await app.api().start()
    await app.start()
    expect((await api.tasks.queue('addition', { a: 1 })).statusString).toBe('SUCCESS')
    await (await api.lock('one')).release()
    await app.close()

    registerBroker('half', { broker: foreign })
    app = new PulsarQueue({ dataStore: 'half://store', parseConsole: false, logLevel: 'silent' })
    await expect(app.api().start()).rejects.toMatchObject({
      code: 'PQ_INVALID_SETTING',
      setting: 'dataStore',
      message: expect.stringContaining('set dataStore to an embedded: or redis:// URL') as string,
    })
  })

  it.each([
    ['Not A Scheme', foreign, 'scheme'],
    ['redis', foreign, 'scheme'],
    ['foreign', whole, 'scheme'],
    ['other', 'nonsense' as never, 'factory'],
  ])('is refused for %s', (scheme, factory, option) => {
    registerBroker('foreign', foreign)
    expect(() => {
      registerBroker(scheme, factory)
    }).toThrow(expect.objectContaining({ code: 'PQ_INVALID_OPTION', option }))
  })

  it('is listed in the error for an unknown scheme', async () => {
    app = new PulsarQueue({ dataStore: 'foreigner://x', parseConsole: false, logLevel: 'silent' })
    await expect(app.api().start()).rejects.toThrow(/'foreign:\/\/\.\.\.'/)
  })
})
