import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ConsumerWorker, PulsarQueueOptions } from 'pulsar-queue'
import { Broker, ConsumerAPI, defineJob, Logger, Manager, PubSub, PulsarQueue, Serializer } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { JsonSerializer } from '../../lib/serializers/json-serializer.js'
import { EmbeddedPubSub } from '../../lib/stores/embedded/embedded-pub-sub.js'
import { EmbeddedBroker } from '../../lib/stores/embedded/embedded-broker.js'
import { KeptLogger } from '../support/kept-logger.js'
import { until } from '../support/until.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const double = defineJob({ name: 'double' }, function (n: number) {
  return 2 * n
})

/** Steps that fail once, and the order in which parts were closed. */
class Script {
  readonly closed: string[] = []
  readonly #failing = new Set<string>()

  fail(step: string): void {
    this.#failing.add(step)
  }

  step(name: string): void {
    if (this.#failing.delete(name)) throw new Error(`no ${name}`)
  }

  close(part: string): void {
    this.closed.push(part)
    this.step(`${part}.close`)
  }
}

/** Everything that keeps this process or a file of the directory open. */
function held(directory: string): string[] {
  // The SQLite binding closes a file when the last of its statements is collected.
  collectGarbage()
  const files = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${fd}`)
      return file.startsWith(directory) ? [file] : []
    } catch {
      return []
    }
  })
  return [...files, ...process.getActiveResourcesInfo()]
}

describe('an app', () => {
  let directory: string
  let script: Script
  let logger: KeptLogger
  let app: PulsarQueue
  let before: string[]

  /** An app whose parts are the real ones of the embedded store, and do what the script says first. */
  const make = (settings: PulsarQueueOptions = {}): PulsarQueue => {
    const url = `embedded:${directory}`
    class Scripted extends EmbeddedBroker {
      override async connect() {
        script.step('broker.connect')
        await super.connect()
      }
      override async openInbox(...args: Parameters<EmbeddedBroker['openInbox']>) {
        script.step('broker.openInbox')
        return await super.openInbox(...args)
      }
      override async openWorker(...args: Parameters<EmbeddedBroker['openWorker']>) {
        const subscription = await super.openWorker(...args)
        const close = async (): Promise<void> => {
          await subscription.close()
          script.step('worker.unsubscribe')
        }
        return { close, [Symbol.asyncDispose]: close }
      }
      override async join(...args: Parameters<EmbeddedBroker['join']>) {
        script.step('broker.join')
        return await super.join(...args)
      }
      override async onTaskEvent(...args: Parameters<EmbeddedBroker['onTaskEvent']>) {
        script.step('broker.onTaskEvent')
        return await super.onTaskEvent(...args)
      }
      override async close() {
        await super.close()
        script.close('broker')
      }
    }
    class ScriptedPubSub extends EmbeddedPubSub {
      override async subscribe(...args: Parameters<EmbeddedPubSub['subscribe']>) {
        script.step('pubsub.subscribe')
        return await super.subscribe(...args)
      }
      override async close() {
        await super.close()
        script.close('pubsub')
      }
    }
    class ScriptedManager extends Manager {
      override start() {
        script.step('manager.start')
      }
      override close() {
        script.close('manager')
      }
    }
    class First extends ConsumerAPI {
      readonly name: string = 'first'
      execute() {
        return null
      }
      override register() {
        script.step(`${this.name}.register`)
      }
      override start(_worker: ConsumerWorker) {
        script.step(`${this.name}.start`)
      }
      override close() {
        script.close(this.name)
      }
    }
    class Second extends First {
      override readonly name = 'second'
    }
    const made = new PulsarQueue({ dataStore: url, consumers: [First, Second], parseConsole: false, ...settings })
    const { container } = made
    const factory = <T>(name: string, build: () => T): { useFactory: () => T } => ({
      useFactory: () => {
        script.step(name)
        return build()
      },
    })
    container.register(Logger, { useValue: logger })
    container.register(
      Serializer,
      factory('serializer', () => new JsonSerializer()),
    )
    container.register(
      Broker,
      factory<Broker>('broker', () => new Scripted(url)),
    )
    container.register(
      PubSub,
      factory<PubSub>('pubsub', () => new ScriptedPubSub(url)),
    )
    container.register(
      Manager,
      factory('manager', () => new ScriptedManager()),
    )
    return made
  }

  /** Resolves when nothing is open that was not open before the test. */
  const nothingIsLeft = async (): Promise<void> => {
    await until('everything to be closed', () => {
      const left = held(directory)
      for (const each of before) if (left.includes(each)) left.splice(left.indexOf(each), 1)
      return left.length === 0 ? true : undefined
    })
  }

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pq-lifecycle-'))
    script = new Script()
    logger = new KeptLogger()
    before = held(directory)
  })
  afterEach(async () => {
    // Where the test has closed the app, this is the outcome of that close.
    await app.close().catch(() => undefined)
    rmSync(directory, { recursive: true })
  })

  describe('whose opening fails at one step closes all before it in reverse, and can be started again', () => {
    const ALL = ['manager', 'pubsub', 'broker']
    it.each([
      ['broker', []],
      ['pubsub', ['broker']],
      ['serializer', ['pubsub', 'broker']],
      ['manager', ['pubsub', 'broker']],
      ['broker.connect', ['pubsub', 'broker']],
      ['manager.start', ['pubsub', 'broker']],
      ['broker.openInbox', ALL],
      ['first.register', ALL],
      ['second.register', ['first', ...ALL]],
    ])('by its api: %s', async (step, closed) => {
      app = make()
      const api = app.api()
      script.fail(step)
      await expect(api.start()).rejects.toThrow(`no ${step}`)
      expect(script.closed).toEqual(closed)
      await nothingIsLeft()

      await api.start()
      expect((await api.tasks.execute(double, [4])).result).toBe(8)
      const queued = await api.tasks.queue(double, [1], { callback: false })
      expect(queued.statusString).toBe('QUEUED')
    })

    it.each(['broker.connect', 'manager.start', 'second.register', 'first.start', 'second.start', 'broker.join'])(
      'by its server: %s',
      async (step) => {
        app = make({ workers: 0, rpcBind: '127.0.0.1:0', schedulePeriodic: true })
        script.fail(step)
        const signals = process.listenerCount('SIGTERM')
        await expect(app.start()).rejects.toThrow(`no ${step}`)
        expect(script.closed.slice(-2)).toEqual(['pubsub', 'broker'])
        await nothingIsLeft()
        expect(process.listenerCount('SIGTERM')).toBe(signals)
        expect(app.rpcUrl).toBeNull()

        await app.start()
        const api = await app.api().start()
        expect(await api.tasks.queue(double, [21]).result()).toBe(42)
        expect((await fetch(`${app.rpcUrl ?? ''}/readyz`)).status).toBe(200)
      },
    )

    it('by its server, whose port is taken', async () => {
      const other = createServer().listen(0, '127.0.0.1')
      await once(other, 'listening')
      const { port } = other.address() as AddressInfo
      app = make({ workers: 0, rpcBind: `127.0.0.1:${String(port)}` })
      await expect(app.start()).rejects.toMatchObject({ code: 'PQ_RPC_BIND' })
      expect(script.closed).toEqual(['second', 'first', 'manager', 'pubsub', 'broker'])
      other.close()
      await once(other, 'close')
      await app.start()
      expect((await fetch(`${app.rpcUrl ?? ''}/readyz`)).status).toBe(200)
    })
  })

  it('keeps its api when its server cannot start', async () => {
    app = make({ workers: 0 })
    const api = await app.api().start()
    script.fail('first.start')
    await expect(app.start()).rejects.toThrow('no first.start')
    expect(script.closed).toEqual([])
    const future = api.tasks.queue(double, [3])
    await app.start()
    expect(await future.result()).toBe(6)
  })

  it.each([
    ['first', false],
    ['second', false],
    ['manager', false],
    ['pubsub', true],
    ['broker', true],
  ])('closes the rest when the close() of one part fails, and says so: %s', async (part, isRejected) => {
    app = make({ workers: 0 })
    await app.start()
    await app.api().start()
    script.fail(`${part}.close`)
    const closing = app.close()
    if (isRejected) await expect(closing).rejects.toThrow(`no ${part}.close`)
    else await closing
    expect([...script.closed].sort()).toEqual(['broker', 'first', 'manager', 'pubsub', 'second'])
    expect(script.closed.slice(2)).toEqual(['manager', 'pubsub', 'broker'])
    expect(logger.lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      expect.stringContaining(`no ${part}.close`),
    ])
    await nothingIsLeft()
  })

  it('closes the rest when one queue of its worker cannot be left in good order, and says so', async () => {
    app = make({ workers: 0, taskQueues: ['a', 'b'] })
    await app.start()
    script.fail('worker.unsubscribe')
    await expect(app.close()).rejects.toThrow('no worker.unsubscribe')
    expect(script.closed).toEqual(['second', 'first', 'manager', 'pubsub', 'broker'])
    await nothingIsLeft()
  })

  it('is used by its api and its server at once, whichever asks first', async () => {
    app = make({ workers: 0 })
    const starting = app.start()
    const api = await app.api().start()
    await starting
    expect(await api.tasks.queue(double, [5]).result()).toBe(10)
  })

  it('subscribes again after a subscription that failed, and closes', async () => {
    app = make()
    const api = await app.api().start()
    const statuses: string[] = []
    const listen = async (): Promise<unknown> =>
      await api.onEvents('consumer', '*', (_channel, event) => statuses.push(event))
    script.fail('pubsub.subscribe')
    await expect(listen()).rejects.toThrow('no pubsub.subscribe')
    await listen()
    script.fail('pubsub.subscribe')
    await expect(api.onEvents('task', 'done', () => undefined)).rejects.toThrow('no pubsub.subscribe')
    await app.close()
    expect(script.closed).toEqual(expect.arrayContaining(['manager', 'pubsub', 'broker']))
    await nothingIsLeft()
  })
})
