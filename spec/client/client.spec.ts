import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { ProducerTasks, PulsarQueueOptions } from 'pulsar-queue'
import { InvalidArgumentsError, PulsarQueue, TaskFailedError } from 'pulsar-queue'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateClient } from '../../lib/codegen/generate-client.js'
import { formatForProject } from '../../lib/codegen/print/format-for-project.js'
import { makeProject, root } from '../codegen/project.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { createClient } from './fixtures/client.generated.js'

const fixtures = join(root, 'spec/client/fixtures')
const generated = join(fixtures, 'client.generated.ts')

describe('the client of these specs', () => {
  it('is what pq generate writes', async () => {
    const { source } = generateClient(ts, {
      files: [join(fixtures, 'jobs.ts')],
      out: generated,
      directory: root,
      project: join(root, 'spec/tsconfig.json'),
      standalone: true,
    })
    // Its layout is that of the project's formatter.
    expect(await readFile(generated, 'utf8')).toBe(await formatForProject(source ?? '', generated))
  })
})

describe.each(STORES)('a generated client on $store', ({ make }) => {
  let store: Store
  let app: PulsarQueue

  beforeAll(async () => {
    store = await make()
    const options: PulsarQueueOptions = {
      dataStore: store.url,
      taskPaths: [join(fixtures, 'jobs.ts')],
      workers: 0,
      parseConsole: false,
      logLevel: 'silent',
    }
    app = await new PulsarQueue(options).start()
  })

  afterAll(async () => {
    await app.close()
    await store.dispose()
  })

  it('queues by typed methods and gives typed results', async () => {
    await using client = await createClient({ dataStore: store.url })
    const task = await client.jobs.addition({ a: 4, b: 6 }).wait('10s')
    expect(task.result).toBe(10)
    expect(task.statusString).toBe('SUCCESS')
    expect(await client.jobs.addition({ a: 4 }).result()).toBe(5)
    expect(await client.jobs.heartbeat().result()).toBe('alive')
    expect(await client.jobs.mailSend({ to: 'ada@example.com' }).result()).toBe('sent to ada@example.com')
    const tasks = await Promise.all(client.jobs.addition.many([{ a: 1, b: 2 }, { a: 3 }]))
    expect(tasks.map(({ result }) => result)).toEqual([3, 4])
  })

  it('carries dates, maps and big integers both ways', async () => {
    await using client = await createClient({ dataStore: store.url, messageSerializer: 'msgpack' })
    const steps = new Map([['step', 7n]])
    const result = await client.jobs.span({ from: new Date(0), to: new Date(864e5), steps }).result()
    expect(result).toEqual({ days: 1, steps })
  })

  it('waits for the end of a task that is queued with callback: false', async () => {
    await using client = await createClient({ dataStore: store.url })
    const queued = await client.jobs.addition({ a: 1 }, { callback: false })
    expect(queued.statusString).toBe('QUEUED')
    expect((await queued.doneCallback.wait('10s')).result).toBe(2)
    expect((await client.tasks.get(queued.id))?.result).toBe(2)
  })

  it('rejects the future for wrong arguments, and queues nothing', async () => {
    await using client = await createClient({ dataStore: store.url })
    // @ts-expect-error an argument of the wrong type
    await expect(client.jobs.addition({ a: '4' })).rejects.toThrow(InvalidArgumentsError)
    // @ts-expect-error an argument where there is none
    await expect(client.jobs.heartbeat({ loud: true })).rejects.toThrow(
      'heartbeat: expected argument loud to be absent',
    )
    // @ts-expect-error an option that there is not
    await expect(client.jobs.heartbeat({}, { dealy: 1 })).rejects.toThrow('did you mean delay?')
    await expect(client.jobs.addition({ a: 1, b: 2 }, { queue: false })).rejects.toThrow(
      'queue: false runs the job in this process, as tasks.execute does, and a client has no job code',
    )
    expect(await client.tasks.size()).toEqual([0])
  })

  it("throws the job's failure from result()", async () => {
    await using client = await createClient({ dataStore: store.url })
    await expect(client.jobs.failing({ reason: 'no luck' }).result()).rejects.toThrow(TaskFailedError)
  })

  it('lists its jobs without any job code', async () => {
    await using client = await createClient({ dataStore: store.url })
    expect(client.tasks.jobList(['addition'])).toEqual([
      [
        'addition',
        {
          type: 'regular',
          concurrency: 'asyncio',
          doc: 'Add two numbers.',
          docSyntax: 'markdown',
          parameters: [
            { name: 'a', check: 'number' },
            { name: 'b', optional: true, check: 'number' },
          ],
        },
      ],
    ])
    // Only untyped code can ask for it.
    const tasks = client.tasks as unknown as ProducerTasks
    await expect(tasks.queue('additoin', {})).rejects.toThrow('did you mean "addition"?')
  })

  it('can use the connections of a started api, and leaves them open', async () => {
    const api = await app.api().start()
    const client = await createClient(api)
    expect(await client.jobs.addition({ a: 4, b: 6 }).result()).toBe(10)
    await client.close()
    expect((await api.tasks.queue('addition', { a: 1, b: 1 })).result).toBe(2)
  })

  it('loads no job code, no compiler and no other store', async () => {
    await using project = await makeProject({})
    const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
    const { outputText } = ts.transpileModule(await readFile(generated, 'utf8'), { compilerOptions: options })
    const file = join(project.directory, 'client.js')
    await writeFile(file, outputText)
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(fixtures, 'loaded.mjs'),
      pathToFileURL(file).href,
      store.url,
    ])
    const loaded = JSON.parse(stdout) as string[]
    const isRedis = store.url.startsWith('redis')
    expect(loaded.some((url) => url.includes(isRedis ? '/lib/stores/redis/' : '/lib/stores/embedded/'))).toBe(true)
    const foreign = isRedis ? /brokers\/embedded|sqlite/ : /brokers\/redis|ioredis/
    const heavy =
      /node_modules\/typescript|\/lib\/codegen|class-validator|class-transformer|tsyringe|reflect-metadata|pino|undici|acorn|jiti|\/lib\/(cli|worker|container|manager)\//
    expect(loaded.filter((url) => foreign.test(url) || heavy.test(url))).toEqual([])
  })
})

describe('createClient', () => {
  it('names a setting that is unknown or malformed', async () => {
    // @ts-expect-error an unknown setting
    await expect(createClient({ dataSource: 'embedded::memory:' })).rejects.toThrow(
      'createClient: expected setting dataSource to be one of dataStore, messageBroker, storeOptions, durability, messageSerializer, defaultTaskQueue, logger, telemetry, got an unknown setting',
    )
    await expect(createClient({ dataStore: 'mysql://localhost' })).rejects.toThrow('expected a store URL')
    // @ts-expect-error a serializer that there is not
    await expect(createClient({ messageSerializer: 'xml' })).rejects.toThrow(
      'expected setting messageSerializer to be json or msgpack',
    )
  })
})
