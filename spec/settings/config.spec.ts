import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../lib/settings/load-config.js'
import type { ConfigSources } from '../../lib/settings/load-config.js'
import { InvalidSettingError } from '../../lib/errors.js'

let cwd: string

beforeEach(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), 'pulsar-config-')))
})

afterEach(() => rm(cwd, { recursive: true, force: true }))

const load = (sources: ConfigSources = {}) => loadConfig({ cwd, env: {}, ...sources })

/** Options that the compiler would refuse. */
const wrong = (options: object) => ({ options }) as ConfigSources

async function failure(sources: ConfigSources): Promise<InvalidSettingError> {
  const error: unknown = await load(sources).then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(InvalidSettingError)
  return error as InvalidSettingError
}

describe('the settings', () => {
  it('have defaults', async () => {
    const config = await load()
    expect(config).toMatchObject({
      name: 'pulsar-queue',
      workers: 1,
      concurrentTasks: 5,
      dataStore: `embedded:${join(cwd, '.pulsar')}`,
      messageBroker: `embedded:${join(cwd, '.pulsar')}`,
      messageSerializer: 'json',
      maxRequests: 0,
      schedulePeriodic: false,
      taskQueues: ['pulsarqueue'],
      defaultTaskQueue: 'pulsarqueue',
      taskPoolTimeout: 2_000,
      parseConsole: true,
      taskPaths: [],
      manifest: null,
      logLevel: 'info',
      config: null,
      baseDirectory: cwd,
    })
  })

  it('take precedence in order: command line, environment, constructor, configuration file', async () => {
    const values = { workers: 2, concurrentTasks: 2, maxRequests: 2, name: 'file' }
    await writeFile(join(cwd, 'pulsar.config.json'), JSON.stringify(values))
    const config = await load({
      options: { workers: 3, concurrentTasks: 3, maxRequests: 3 },
      env: { PULSAR_WORKERS: '4', PULSAR_CONCURRENT_TASKS: '4' },
      argv: ['-w', '5'],
    })
    expect(config).toMatchObject({ workers: 5, concurrentTasks: 4, maxRequests: 3, name: 'file' })
  })

  it('are read from the command line in every usual spelling', async () => {
    expect((await load({ argv: ['--workers', '2'] })).workers).toBe(2)
    expect((await load({ argv: ['--workers=2'] })).workers).toBe(2)
    expect((await load({ argv: ['-w2'] })).workers).toBe(2)
    expect((await load({ argv: ['--schedule-periodic'] })).schedulePeriodic).toBe(true)
    expect((await load({ argv: ['--no-schedule-periodic'] })).schedulePeriodic).toBe(false)
    expect((await load({ argv: ['--schedule-periodic=false'] })).schedulePeriodic).toBe(false)
    expect((await load({ argv: ['--task-queues', 'a,b', '--task-queues', 'c'] })).taskQueues).toEqual(['a', 'b', 'c'])
    expect((await load({ argv: ['--task-paths', './{a,b}/*.js,./c.js'] })).taskPaths).toEqual([
      './{a,b}/*.js',
      './c.js',
    ])
  })

  it('are read from the environment', async () => {
    const env = {
      PULSAR_TASK_QUEUES: 'a,b',
      PULSAR_LEASE_TTL: '5',
      PULSAR_SCHEDULE_PERIODIC: 'yes',
      PULSAR_MANIFEST: '',
    }
    expect(await load({ env })).toMatchObject({
      taskQueues: ['a', 'b'],
      leaseTtl: 5_000,
      schedulePeriodic: true,
      manifest: null,
    })
  })

  it('take a URL with several hosts, one of a socket, and what the stores need besides', async () => {
    const natMap = { '10.0.0.5:6379': '127.0.0.1:7001' }
    const tls = { ca: ['-----BEGIN CERTIFICATE-----'], servername: 'redis', rejectUnauthorized: true }
    const options = {
      dataStore: 'redis+unix:///run/redis.sock?db=1',
      messageBroker: 'rediss+sentinel://h1:26379,h2:26379/0?name=main',
      storeOptions: { natMap, tls },
    }
    expect(await load({ options })).toMatchObject(options)
  })

  it('take durations as seconds or with their unit', async () => {
    expect((await load({ options: { taskPoolTimeout: 3 } })).taskPoolTimeout).toBe(3_000)
    expect((await load({ options: { taskPoolTimeout: '250ms' } })).taskPoolTimeout).toBe(250)
    expect((await load({ argv: ['--task-pool-timeout', '1m'] })).taskPoolTimeout).toBe(60_000)
  })

  it('use the data store as message broker unless there is one', async () => {
    const dataStore = 'redis://127.0.0.1:6379/3'
    expect((await load({ options: { dataStore } })).messageBroker).toBe(dataStore)
    const both = await load({ options: { dataStore, messageBroker: 'embedded:queue?durability=full' } })
    expect(both).toMatchObject({ dataStore, messageBroker: `embedded:${join(cwd, 'queue')}?durability=full` })
  })

  it('leave absolute and in-memory embedded stores as they are', async () => {
    expect((await load({ options: { dataStore: 'embedded:/var/q' } })).dataStore).toBe('embedded:/var/q')
    expect((await load({ options: { dataStore: 'embedded::memory:' } })).dataStore).toBe('embedded::memory:')
  })

  it('may compute concurrentTasks from the others', async () => {
    const config = await load({ options: { workers: 3, concurrentTasks: ({ workers }) => workers * 4 } })
    expect(config.concurrentTasks).toBe(12)
    const error = await failure({ options: { concurrentTasks: () => 0.5 } })
    expect(error).toMatchObject({ setting: 'concurrentTasks', source: 'constructor', received: '0.5' })
  })

  it('ignore the command line when parseConsole is false', async () => {
    expect((await load({ options: { parseConsole: false }, argv: ['serve', '--port', '80'] })).workers).toBe(1)
    await writeFile(join(cwd, 'pulsar.config.json'), '{ "parseConsole": false }')
    expect((await load({ argv: ['-w', '7'] })).workers).toBe(1)
  })
})

describe('a configuration file', () => {
  it('may be TypeScript, and relative paths count from it', async () => {
    await mkdir(join(cwd, 'conf'))
    const source = `
      const queues: readonly string[] = ['typed']
      export default { taskQueues: queues, manifest: './client.generated.ts', dataStore: 'embedded:data' }`
    await writeFile(join(cwd, 'conf/pulsar.config.ts'), source)
    const conf = join(cwd, 'conf')
    expect(await load({ argv: ['--config', 'conf/pulsar.config.ts'] })).toMatchObject({
      taskQueues: ['typed'],
      manifest: join(conf, 'client.generated.ts'),
      dataStore: `embedded:${join(conf, 'data')}`,
      messageBroker: `embedded:${join(conf, 'data')}`,
      config: join(conf, 'pulsar.config.ts'),
      baseDirectory: conf,
    })
  })

  it.each(['pulsar.config.js', 'pulsar.config.mjs', 'pulsar.config.mts'])('is found as %s', async (name) => {
    await writeFile(join(cwd, 'package.json'), '{ "type": "module" }')
    await writeFile(join(cwd, name), 'export default { workers: 9 }')
    expect((await load()).workers).toBe(9)
  })

  it('may be CommonJS', async () => {
    await writeFile(join(cwd, 'package.json'), '{}')
    await writeFile(join(cwd, 'pulsar.config.js'), 'module.exports = { workers: 9 }')
    expect((await load()).workers).toBe(9)
  })

  it('must exist when it is named', async () => {
    const error = await failure({ env: { PULSAR_CONFIG: 'absent.ts' } })
    expect(error).toMatchObject({ setting: 'config', source: 'environment' })
    expect(error.received).toContain(join(cwd, 'absent.ts'))
  })

  it('that throws while loading is refused with its cause', async () => {
    await writeFile(join(cwd, 'pulsar.config.ts'), "throw new Error('no such luck')")
    const error = await failure({})
    expect(error.message).toContain(join(cwd, 'pulsar.config.ts'))
    expect(error.message).toContain('no such luck')
  })

  it('is refused when it exports no settings', async () => {
    await writeFile(join(cwd, 'pulsar.config.mjs'), 'export default 7')
    expect((await failure({})).message).toContain('expected setting config to be a default export of settings, got 7')
  })
})

describe('a malformed setting', () => {
  it('is refused with its source, the expected value and the given one', async () => {
    const error = await failure({ env: { PULSAR_WORKERS: 'many' } })
    expect(error).toMatchObject({
      code: 'PQ_INVALID_SETTING',
      setting: 'workers',
      source: 'environment',
      expected: 'a whole number from 0 to 1,000',
      received: '"many"',
      message: 'environment: expected setting workers to be a whole number from 0 to 1,000, got "many"',
    })
  })

  it('is refused with the entry of a list that does not fit', async () => {
    const taskQueues = ['a', 'b', 'c'.repeat(201), 'd']
    expect((await failure(wrong({ taskQueues }))).message).toMatch(/got "c{57}\.\.\." as entry 3 of 4$/)
  })

  it.each([
    [7, 'got 7'],
    [{ natmap: {} }, 'got the unknown member "natmap"'],
    [{ natMap: { '10.0.0.5': '127.0.0.1:7001' } }, 'natMap with the address "10.0.0.5", which is not host:port'],
    [{ natMap: { '10.0.0.5:7000': 'here' } }, 'got "here" as natMap["10.0.0.5:7000"]'],
    [{ tls: { CA: 'secret' } }, 'tls with the unknown member "CA"'],
    [{ tls: { key: '' } }, 'got an empty text as tls.key'],
    [{ tls: { passphrase: ['secret'] } }, 'got object as tls.passphrase'],
  ])('is refused with the member that does not fit, and no secret: storeOptions %j', async (storeOptions, fault) => {
    const { message } = await failure(wrong({ storeOptions }))
    expect(message).toContain('expected setting storeOptions to be an object with natMap')
    expect(message).toContain(fault)
    expect(message).not.toContain('secret')
  })

  it('is refused with the nearest name when its name is unknown', async () => {
    expect((await failure(wrong({ worker: 1 }))).message).toMatch(/^constructor: .*did you mean workers\?$/)
    expect((await failure({ argv: ['--wrokers', '2'] })).message).toMatch(/^command line: .*did you mean --workers\?$/)
    expect((await failure({ env: { PULSAR_WORKRES: '2' } })).message).toMatch(/^environment: .*PULSAR_WORKERS\?$/)
    await writeFile(join(cwd, 'pulsar.config.json'), '{ "dataStor": "embedded:x" }')
    expect((await failure({})).message).toMatch(/^config file: .*did you mean dataStore\?$/)
  })

  it('is not an unrelated variable with the prefix PULSAR_', async () => {
    expect((await load({ env: { PULSAR_STANDALONE_CONF: 'x' } })).workers).toBe(1)
  })

  it.each([
    { workers: -1 },
    { workers: 1.5 },
    { concurrentTasks: 0 },
    { messageSerializer: 'xml' },
    { taskQueues: [] },
    { taskQueues: [''] },
    { taskPoolTimeout: 'soon' },
    { leaseTtl: '10ms' },
    { schedulePeriodic: 'perhaps' },
    { dataStore: 'localhost:6379' },
    { dataStore: 'redis://' },
    { logLevel: 'loud' },
    { name: '' },
    { manifest: 5 },
    { workers: 1_001 },
    { concurrentTasks: 100_001 },
    { maxRequests: 1e10 },
    { taskPoolTimeout: '8d' },
    { leaseTtl: '90d' },
    { gracePeriod: '101000d' },
    { stallLimit: 1e300 },
    { rpcTimeout: Infinity },
    { name: 'n'.repeat(101) },
    { name: 'two\nlines' },
    { name: 'half a pair \ud800' },
    { defaultTaskQueue: 'q'.repeat(201) },
    { taskQueues: Array(1_001).fill('q') },
    { taskPaths: ['x'.repeat(4_097)] },
    { dataStore: `redis://${'h'.repeat(4_096)}` },
    { rpcToken: 't'.repeat(4_097) },
    { consumers: ['Tweets'] },
  ])('is refused: %.60j', async (options) => {
    const error = await failure(wrong(options))
    expect(error.setting).toBe(Object.keys(options)[0])
    expect(error.message.length).toBeLessThan(300)
  })

  it('is refused on the command line without its value, or without its flag', async () => {
    expect((await failure({ argv: ['--workers'] })).message).toContain('got nothing')
    expect((await failure({ argv: ['serve'] })).message).toContain('got "serve"')
  })

  it('never shows a password', async () => {
    const error = await failure(wrong({ dataStore: 'redis://me:hunter2@ho st/0' }))
    expect(error.message).not.toContain('hunter2')
    expect(error.message).toContain('redis://me:***@ho st/0')
    expect((await failure({ argv: ['redis://me:hunter2@host'] })).message).not.toContain('hunter2')
  })
})
