import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { PulsarQueue } from 'pulsar-queue'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startRedisServer } from '../support/redis-server.js'
import { canMount, useDisk } from '../support/small-disk.js'
import { until } from '../support/until.js'

const PQ = fileURLToPath(new URL('../../lib/cli/pq.js', import.meta.url))

/** Lets the file system say that it is another one: a kernel that builds run on has none of those that are meant. */
function mountedAs(type: number): void {
  const { statfs } = promises
  promises.statfs = (async (path: string) => Object.assign(await statfs(path), { type })) as typeof statfs
  syncBuiltinESMExports()
  onTestFinished(() => {
    promises.statfs = statfs
    syncBuiltinESMExports()
  })
}

/** The same in another process. */
const PATCH = `
  import promises from 'node:fs/promises'
  import { syncBuiltinESMExports } from 'node:module'
  const { statfs } = promises
  promises.statfs = async (path) => ({ ...(await statfs(path)), type: 0x6969 })
  syncBuiltinESMExports()`

/** What the doctor finds in a store, each as `name state`. */
async function doctor(dataStore: string): Promise<() => Promise<string[]>> {
  const app = new PulsarQueue({ dataStore, taskPaths: [], parseConsole: false, logLevel: 'silent' })
  onTestFinished(async () => {
    await app.close()
  })
  const { control } = await app.api().start()
  return async () => {
    const { checks } = await control.doctor()
    return checks.flatMap(({ name, state }) => (state === 'ok' || state === 'info' ? [] : [`${name} ${state}`]))
  }
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pq-files-'))
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  return directory
}

/** Where Redis keeps what each command writes: something else in its place lets the command fail. */
const WRITES = [
  ['a snapshot', 'BGSAVE', 'rdb_last_bgsave_status', 'dump.rdb'],
  ['its log anew', 'BGREWRITEAOF', 'aof_last_bgrewrite_status', 'appendonlydir'],
] as const

describe('the doctor on a Redis that cannot write its files', () => {
  it.each(WRITES)('tells of %s, until it can', async (_, command, fact, name) => {
    const directory = temporary()
    const server = await startRedisServer(['--appendonly', 'yes', '--dir', directory])
    const redis = new Redis(server.url)
    onTestFinished(async () => {
      redis.disconnect()
      await server.stop()
    })
    const found = await doctor(server.url)
    const failures = async (): Promise<string[]> => (await found()).filter((each) => each.startsWith('persistence'))
    const ends = async (status: string): Promise<void> => {
      // It says so at once, or when its child has ended.
      await redis.call(command).catch(() => undefined)
      await until(`${fact} is ${status}`, async () =>
        (await redis.info('persistence')).includes(`${fact}:${status}`) ? true : undefined,
      )
    }
    expect(await failures()).toEqual([])
    const [there, away] = [join(directory, name), join(directory, `${name}.away`)]
    if (command === 'BGSAVE') mkdirSync(there)
    else renameSync(there, away)
    if (command === 'BGREWRITEAOF') writeFileSync(there, '')
    await ends('err')
    expect(await failures()).toEqual(['persistence fault'])
    rmSync(there, { recursive: true })
    if (command === 'BGREWRITEAOF') renameSync(away, there)
    await ends('ok')
    expect(await failures()).toEqual([])
  })
})

describe('the doctor on an embedded store', () => {
  it('tells of a log that only grows', async () => {
    const directory = join(temporary(), 'store')
    const found = await doctor(`embedded:${directory}`)
    expect(await found()).toEqual([])
    // Behind its last entry SQLite reads nothing.
    truncateSync(join(directory, 'queue.db-wal'), 1024 ** 3)
    expect(await found()).toEqual(['wal warning'])
  })

  it.each([
    ['NFS', 0x6969, 'network-file-system fault'],
    ['an SMB of which Node gives a negative number', 0xfe534d42 | 0, 'network-file-system fault'],
    ['FUSE', 0x65735546, 'network-file-system warning'],
  ])('tells of a directory on %s', async (_, type, finding) => {
    const found = await doctor(`embedded:${join(temporary(), 'store')}`)
    mountedAs(type)
    expect(await found()).toEqual([finding])
  })

  it('on a network file system is a fault of pq doctor, with what to do', async () => {
    const directory = temporary()
    const patch = join(directory, 'patch.mjs')
    writeFileSync(patch, PATCH)
    const argv = [
      '--import',
      pathToFileURL(patch).href,
      PQ,
      'doctor',
      '--store',
      `embedded:${join(directory, 'store')}`,
    ]
    const ended = await promisify(execFile)(process.execPath, argv).catch(
      (error: unknown) => error as { code: number; stdout: string },
    )
    expect(ended).toMatchObject({ code: 1 })
    expect(ended.stdout).toMatch(/✗ \S+ lies on NFS, a network file system: .*\n +fix: use a local disk, or a Redis/)
  })

  describe.runIf(canMount).each([
    ['32m', 'disk fault'],
    ['512m', 'disk warning'],
  ])('on a disk with %s', (size, finding) => {
    const disk = useDisk(size)
    it('tells that it has little room', async () => {
      const found = await doctor(`embedded:${join(disk.path, 'store')}`)
      expect(await found()).toEqual([finding])
    })
  })
})
