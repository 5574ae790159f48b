import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingHttpHeaders, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Alert, AlertKind, AlertRule, Api } from 'pulsar-queue'
import { defineJob, Logger, Manager, PulsarQueue, registerBroker } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { apiParts } from '../../lib/api/api-parts.js'
import { controlParts } from '../../lib/api/api.js'
import { RegistryCatalogue } from '../../lib/jobs/loading/registry-catalogue.js'
import { readAlerts } from '../../lib/model/alert-rules.js'
import { findPeriodicJobs } from '../../lib/scheduler/find-periodic-jobs.js'
import { noCounts } from '../../lib/model/run-counts.js'
import { AlertLoop } from '../../lib/operate/alerts/alert-loop.js'
import { EmbeddedBroker } from '../../lib/stores/embedded/embedded-broker.js'
import { KeptLogger } from '../support/kept-logger.js'
import { startRedisServer } from '../support/redis-server.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'
import { newTask } from '../support/new-task.js'

/** Every minute in the specs, and no waits. */
const AT_ONCE = { every: 0, waits: [0, 0] }

const broken = defineJob({ name: 'broken', defaultQueue: 'mail' }, () => {
  throw new Error('no luck')
})
defineJob({ name: 'nightly', runEvery: '1h', defaultQueue: 'mail' }, () => undefined)

/** A listener that keeps what is posted, and answers with the next of some states. */
class Listener {
  readonly posted: Alert[] = []
  readonly headers: IncomingHttpHeaders[] = []
  states: number[] = []
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const state = this.states.shift() ?? 200
        this.headers.push(request.headers)
        if (state === 200) this.posted.push(JSON.parse(Buffer.concat(parts).toString()) as Alert)
        if (state !== 0) response.writeHead(state, state === 302 ? { location: '/elsewhere' } : {}).end()
      })
    })
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/secret-path`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** Keeps what it is told. */
class KeepingManager extends Manager {
  readonly told: Alert[] = []
  override alert(alert: Alert): void {
    this.told.push(alert)
  }
}

describe.each(STORES)('alerts on $store', ({ make }) => {
  const listener = new Listener()
  let store: Store
  /** Each spec has a namespace of its own. */
  let url: string
  let namespaces = 0
  let api: Api
  let looker: PulsarQueue
  let manager: KeepingManager
  let logger: KeptLogger
  const open: PulsarQueue[] = []

  beforeAll(async () => {
    await listener.listen()
    store = await make()
  })
  afterAll(async () => {
    await store.dispose()
    await listener.close()
  })
  beforeEach(async () => {
    listener.posted.length = listener.headers.length = listener.states.length = 0
    url = `${store.url}?namespace=a${String(++namespaces)}`
    manager = new KeepingManager()
    logger = new KeptLogger()
    looker = app({})
    looker.container.register(Manager, { useValue: manager })
    looker.container.register(Logger, { useValue: logger })
    api = await looker.api().start()
  })
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close()
  })

  const app = (settings: object): PulsarQueue => {
    const made = new PulsarQueue({
      ...{
        dataStore: url,
        workers: 0,
        taskQueues: ['mail'],
        name: 'shop',
        parseConsole: false,
        logLevel: 'silent',
      },
      ...settings,
    })
    open.push(made)
    return made
  }
  /** What evaluates rules, as each process has it. */
  const loopOf = (rules: readonly AlertRule[], of = api, options: object = AT_ONCE): AlertLoop => {
    const parts = controlParts(apiParts(of))
    const operations = parts.broker.operations()
    if (operations === null) throw new Error('expected operations')
    return new AlertLoop(parts, operations, readAlerts(rules), options)
  }
  const put = async (queue: string, id: string): Promise<void> => {
    await api.broker.queue(queue, [newTask(id)])
  }
  let seq = 0
  const observe = async (queue: string, job: string, counts: object): Promise<void> => {
    const jobs = new Map([[job, { ...noCounts(), ...counts }]])
    await api.broker.operations()?.observe(queue, { worker: 'x', seq: ++seq, jobs, ended: [], isComplete: true })
  }
  const failOnce = async (): Promise<void> => {
    const server = app({})
    await server.start()
    await (await server.api().start()).tasks.queue(broken, {}, { queue: 'mail' })
    await server.close()
  }
  const texts = (): string[] => listener.posted.map(({ text }) => text)

  /** For each kind: a rule, what makes it fire, what it says, and what ends it (null: nothing does). */
  const KINDS: readonly (readonly [
    kind: AlertKind,
    rule: Partial<AlertRule>,
    fire: () => Promise<unknown>,
    says: RegExp,
    end: (() => Promise<unknown>) | null,
  ])[] = [
    [
      'problem.new',
      { job: 'bro*' },
      failOnce,
      /^\[shop\] problem\.new: broken in queue mail: Error: no luck \(1 run, problem \w+\)$/,
      async () => await api.control.problem((await api.control.problems())[0]?.id ?? '').mute(),
    ],
    [
      'problem.regressed',
      {},
      async () => {
        await failOnce()
        await api.control.problem((await api.control.problems())[0]?.id ?? '').resolve()
        await failOnce()
      },
      /^\[shop\] problem\.regressed: broken in queue mail: Error: no luck \(2 runs, problem \w+\)$/,
      async () => await api.control.problem((await api.control.problems())[0]?.id ?? '').resolve(),
    ],
    [
      'failures',
      { above: 2, queue: 'mail' },
      async () => await observe('mail', 'broken', { failed: 3 }),
      /^\[shop\] failures: 3 tasks of queue mail failed within 5 min$/,
      null,
    ],
    [
      'failures',
      { above: '10%', job: 'bro*' },
      async () => {
        await observe('mail', 'broken', { failed: 1, succeeded: 4 })
        await observe('mail', 'sound', { failed: 1, succeeded: 99 })
      },
      /^\[shop\] failures: 1 task \(20 %\) of broken in queue mail failed within 5 min$/,
      null,
    ],
    [
      'latency',
      { above: '1ms' },
      async () => {
        await put('mail', 'a')
        await until('it to wait', async () => ((await api.control.queue('mail')).oldestReady ?? 0) > 1 || undefined)
      },
      /^\[shop\] latency: a task of queue mail has waited for \d+/,
      async () => await api.tasks.revoke('a'),
    ],
    [
      'latency',
      { above: '1m', job: 'slow' },
      async () =>
        await observe('mail', 'slow', { succeeded: 20, wait: [...new Array<number>(17).fill(0), 20, 0, 0, 0] }),
      /^\[shop\] latency: one in twenty runs of slow in queue mail waits \d+ min/,
      null,
    ],
    [
      'noWorker',
      { for: 0 },
      async () => await put('mail', 'a'),
      /^\[shop\] noWorker: queue mail has 1 ready task and no worker$/,
      async () => await api.broker.join('mail', { id: 'host-1~aaaaaaaa~1', slots: 1, leaseTtl: 60_000 }),
    ],
    [
      'workerLost',
      { queue: 'm*' },
      async () => {
        await put('mail', 'a')
        await api.broker.join('mail', { id: 'host-1~aaaaaaaa~1', slots: 1, leaseTtl: 1 })
        const options = { crashCap: 3, outcome: '{}', ttl: 60_000, grace: 0 }
        await until('the worker to be buried', async () => {
          await api.broker.reclaim('mail', options)
          const look = await api.broker.operations()?.inspect('mail')
          return look?.lost.length === 1 && look.workers.length === 0 ? true : undefined
        })
      },
      /^\[shop\] workerLost: worker \S+ of queue mail has not renewed its lease in time$/,
      null,
    ],
    [
      'scheduleMissed',
      {},
      async () => {
        const at = Date.now() - 3 * 3_600_000
        const { jobs } = apiParts(api).producer
        if (!(jobs instanceof RegistryCatalogue)) throw new Error('expected jobs')
        const schedule = findPeriodicJobs(jobs.all()).find(({ job }) => job.name === 'nightly')?.text ?? ''
        await api.broker.tick('mail', { job: 'nightly', expected: null, at, schedule, operation: 'x', task: null })
      },
      /^\[shop\] scheduleMissed: periodic job nightly has been overdue for 2 h/,
      null,
    ],
    [
      'store',
      { above: '0%' },
      async () => await put('mail', 'a'),
      /^\[shop\] store: the store has used [\d.]+ % of/,
      null,
    ],
  ]

  it.each(KINDS)('%s %j: is told once, and once that it is over', async (kind, rule, fire, says, end) => {
    await put('mail', 'first')
    await api.tasks.revoke('first')
    const loop = loopOf([{ kind, ...rule, notify: { webhook: listener.url } }])
    if (kind !== 'store') {
      // What was there before the rule is not new.
      await loop.turn()
      expect(texts()).toEqual([])
    }
    await fire()
    await loop.turn()
    await loop.turn()
    expect(texts()).toEqual([expect.stringMatching(says)])
    expect(listener.posted[0]).toMatchObject({
      state: 'firing',
      kind,
      app: 'shop',
      count: 1,
      items: [{ since: expect.any(Number) as number }],
    })
    expect(manager.told).toEqual(listener.posted)
    if (end === null) return
    await end()
    await loop.turn()
    await loop.turn()
    expect(listener.posted.map(({ state }) => state)).toEqual(['firing', 'resolved'])
    expect(texts()[1]).toMatch(/^\[shop\] resolved: /)
  })

  it('of a failure between the start of a process and its first turn is told', async () => {
    await put('mail', 'first')
    await api.tasks.revoke('first')
    const loop = loopOf([{ kind: 'problem.new', notify: { webhook: listener.url } }])
    await failOnce()
    await loop.turn()
    await loop.turn()
    expect(texts()).toEqual([expect.stringMatching(/^\[shop\] problem\.new: broken in queue mail/)])
  })

  it('is told when it has been so for long enough', async () => {
    await put('mail', 'a')
    const patient = loopOf([{ kind: 'noWorker', for: '1h', notify: { webhook: listener.url } }])
    await patient.turn()
    await patient.turn()
    expect(texts()).toEqual([])
    const soon = loopOf([{ kind: 'noWorker', for: '20ms', notify: { webhook: listener.url } }])
    await soon.turn()
    await until('the alert', async () => {
      await soon.turn()
      return texts().length > 0 ? true : undefined
    })
    expect(texts()).toEqual(['[shop] noWorker: queue mail has 1 ready task and no worker'])
  })

  it('one process of many evaluates a rule, and one that starts anew does not repeat an alert', async () => {
    await put('mail', 'a')
    const others = await Promise.all([app({}), app({})].map(async (each) => await each.api().start()))
    const rules: AlertRule[] = [{ kind: 'noWorker', for: 0, notify: { webhook: listener.url } }]
    const loops = [api, ...others].map((each) => loopOf(rules, each, { ...AT_ONCE, every: 60_000 }))
    await Promise.all(loops.map(async (loop) => await loop.turn()))
    await Promise.all(loops.map(async (loop) => await loop.turn()))
    expect(texts()).toHaveLength(1)
    // The next minute, by a process that knows nothing.
    await loopOf(rules, others[0]).turn()
    expect(texts()).toHaveLength(1)
  })

  it('what a process could not tell, another one tells, once', async () => {
    await put('mail', 'a')
    const rules: AlertRule[] = [{ kind: 'noWorker', for: 0, notify: { webhook: listener.url } }]
    listener.states = [500, 503, 429]
    await loopOf(rules).turn()
    expect(listener.headers).toHaveLength(3)
    expect(texts()).toEqual([])
    expect(manager.told).toHaveLength(1)
    const other = loopOf(rules, await app({}).api().start())
    await other.turn()
    await other.turn()
    expect(texts()).toHaveLength(1)
    // The manager of the first process had it.
    expect(manager.told).toHaveLength(1)
    expect(listener.posted[0]?.id).toBe(manager.told[0]?.id)
  })

  it('is tried a bounded number of times, and where it is refused, once', async () => {
    await put('mail', 'a')
    const rule = {
      kind: 'noWorker',
      for: 0,
      notify: { webhook: listener.url, headers: { authorization: 'Bearer x' } },
    } as const
    listener.states = new Array<number>(100).fill(500)
    const loop = loopOf([rule])
    for (let turn = 0; turn < 5; turn++) await loop.turn()
    expect(listener.headers).toHaveLength(9)
    expect(listener.headers[0]).toMatchObject({ authorization: 'Bearer x', 'content-type': 'application/json' })
    const given = logger.lines.filter(({ level }) => level === 'error').map(({ message }) => message)
    expect(given).toEqual([
      'an alert is given up after 3 turns: [shop] noWorker: queue mail has 1 ready task and no worker',
    ])
    for (const [i, state] of [404, 302].entries()) {
      listener.headers.length = 0
      listener.states = [state]
      const refused = loopOf([{ ...rule, above: 0, queue: `${'*'.repeat(i)}mail` }])
      await refused.turn()
      await refused.turn()
      expect(listener.headers).toHaveLength(1)
    }
    expect(JSON.stringify(logger.lines)).not.toContain('secret-path')
  })

  it('a target that does not answer keeps no other one waiting, and is given up when the process ends', async () => {
    await put('mail', 'a')
    listener.states = [0]
    const loop = loopOf([{ kind: 'noWorker', for: 0, notify: [{ webhook: listener.url }, { webhook: listener.url }] }])
    loop.start()
    await until('the other one', () => (texts().length === 1 ? true : undefined))
    await loop.stop()
    // The next turn tells the first.
    await loopOf([{ kind: 'noWorker', for: 0, notify: [{ webhook: listener.url }, { webhook: listener.url }] }]).turn()
    expect(texts()).toHaveLength(2)
    expect(new Set(listener.posted.map(({ id }) => id)).size).toBe(1)
  })

  it('a command gets it on its standard input, without a shell', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pq-alert-'))
    try {
      await put('mail', 'a')
      const file = join(directory, '$(id) kept')
      const script = 'process.stdin.pipe(require("fs").createWriteStream(process.argv[1]))'
      const failing = [process.execPath, '-e', 'console.error("disk full"); process.exit(3)', 'hidden']
      const rule = { kind: 'noWorker', for: 0 } as const
      const notify = [
        { command: [process.execPath, '-e', script, file] },
        { command: failing },
        { command: ['/no/such'] },
      ]
      await loopOf([{ ...rule, notify }]).turn()
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(manager.told[0])
      const said = logger.lines.map(({ message }) => message).join('\n')
      expect(said).toContain('has ended with 3: disk full')
      expect(said).toContain('the command /no/such could not be started: spawn /no/such ENOENT')
      expect(said).not.toContain('hidden')
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('names many things in one alert, and makes no mention of a name', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `q${String(i).padStart(2, '0')}`)
    for (const name of [...names, '<!channel>']) await put(name, `of ${name}`)
    await loopOf([{ kind: 'noWorker', for: 0, notify: { webhook: listener.url } }]).turn()
    const [alert] = listener.posted
    expect(alert).toMatchObject({ count: 61 })
    expect(alert?.items).toHaveLength(50)
    expect(alert?.text.split('\n')).toHaveLength(12)
    expect(alert?.text).toContain('queue &lt;!channel&gt; has')
    expect(alert?.text).toContain('and 51 more')
    expect(manager.told[0]?.text).toContain('queue <!channel> has')
  })

  it('the setting: apps that consume, and dashboards, evaluate it from their start on, and one of them tells', async () => {
    await put('lonely', 'a')
    const alerts: AlertRule[] = [{ kind: 'noWorker', for: 0, queue: 'lonely', notify: { webhook: listener.url } }]
    const [consuming, showing] = [app({ alerts }), app({ alerts, taskQueues: ['other'] })]
    await Promise.all([consuming.start(), showing.dashboard().start()])
    await until('the alert', () => (texts().length > 0 ? true : undefined))
    await Promise.all([consuming.close(), showing.close()])
    expect(texts()).toHaveLength(1)
  })
})

describe('alerts', () => {
  it('whoever had the last turn tells that the store is away, and that it answers again', async () => {
    const server = await startRedisServer()
    const manager = new KeepingManager()
    const app = new PulsarQueue({
      dataStore: `${server.url}?connectTimeout=200ms`,
      taskPaths: [],
      parseConsole: false,
      logLevel: 'silent',
    })
    app.container.register(Manager, { useValue: manager })
    try {
      const api = await app.api().start()
      const parts = controlParts(apiParts(api))
      const operations = parts.broker.operations()
      if (operations === null) throw new Error('expected operations')
      const rules = readAlerts([{ kind: 'store' }])
      const [mine, other] = [60_000, 60_000].map(
        (every) => new AlertLoop(parts, operations, rules, { ...AT_ONCE, every }),
      )
      await mine?.turn()
      await other?.turn()
      await server.kill()
      await Promise.all([mine?.turn(), other?.turn()])
      await mine?.turn()
      expect(manager.told).toMatchObject([{ kind: 'store', state: 'firing' }])
      expect(manager.told[0]?.text).toContain(`127.0.0.1:${String(server.port)}`)
      await server.restart()
      await Promise.all([mine?.turn(), other?.turn()])
      await mine?.turn()
      expect(manager.told.map(({ state }) => state)).toEqual(['firing', 'resolved'])
    } finally {
      await app.close()
      await server.stop()
    }
  })

  it('need a store that keeps what operators need', async () => {
    registerBroker('bare', () => Object.assign(new EmbeddedBroker('embedded::memory:bare'), { operations: () => null }))
    const app = new PulsarQueue({
      ...{ messageBroker: 'bare://x', dataStore: 'embedded::memory:', workers: 0, taskPaths: [] },
      ...{ parseConsole: false, logLevel: 'silent', alerts: [{ kind: 'workerLost' }] },
    })
    try {
      await expect(app.start()).rejects.toMatchObject({ code: 'PQ_NOT_KEPT', what: 'what alerts need' })
    } finally {
      await app.close()
    }
  })
})
