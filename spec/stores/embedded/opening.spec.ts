import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { EmbeddedBroker } from '../../../lib/stores/embedded/embedded-broker.js'
import { openDatabase } from '../../../lib/stores/embedded/database/sqlite.js'
import { Store } from '../../../lib/stores/embedded/store.js'
import { readEmbeddedUrl } from '../../../lib/stores/embedded/database/embedded-url.js'
import {
  BrokerFullError,
  BrokerUnreachableError,
  ClosedError,
  EmbeddedDirectoryError,
  InvalidUrlError,
  LayoutVersionError,
} from '../../../lib/errors.js'
import { COMPILED } from '../../support/compiled.js'
import { connect, newTask, StoreDirectory, QUEUE } from './support.js'

const BROKER = new URL('stores/embedded/embedded-broker.js', COMPILED).href

describe('opening an embedded broker', () => {
  const shared = new StoreDirectory()

  it.each([
    ['embedded:'],
    ['embedded:?namespace=x'],
    ['embedded::memory'],
    ['embedded::memory:a/b'],
    ['embedded:./a?namespace='],
    ['embedded:./a?durability=some'],
    ['embedded:./a?durabilty=full'],
    ['embedded:./a?namespace=a&namespace=b'],
    ['embedded:./a?connectTimeout=soon'],
    ['embedded:./a?connectTimeout=0s'],
    ['embedded:./a?connectTimeout=2d'],
    ['embedded:./a\0b'],
    ['redis://127.0.0.1'],
  ])('refuses %j', (url) => {
    expect(() => new EmbeddedBroker(url)).toThrow(InvalidUrlError)
  })

  it('makes the directory below one that is there, relative to where the process runs', async () => {
    const directory = join(shared.path, 'new')
    const broker = await shared.open(`embedded:${relative(process.cwd(), directory)}`)
    expect(broker.address).toBe(`embedded:${directory}`)
    expect(broker.heartbeatUrl).toMatch(`embedded:${resolve(directory)}?`)
    await broker.queue(QUEUE, [newTask('t')])
  })

  it.each([
    ['whose parent is not there', (directory: string) => join(directory, 'no', 'such')],
    ['below a file', (directory: string) => join(directory, 'file', 'store')],
    ['that is a file', (directory: string) => join(directory, 'file')],
    ['that cannot be written', () => '/proc/pulsar'],
  ])('refuses a directory %s, naming it', async (_what, pathIn) => {
    writeFileSync(join(shared.path, 'file'), '')
    const path = pathIn(shared.path)
    const opened = shared.open(`embedded:${path}`)
    await expect(opened).rejects.toThrow(EmbeddedDirectoryError)
    await expect(opened).rejects.toThrow(path)
  })

  it.each([
    ['another program', 'CREATE TABLE task (id)', 'unknown'],
    ['another program that numbers its layouts, too', 'CREATE TABLE task (id); PRAGMA user_version = 1', 'unknown'],
  ])('refuses the database of %s, and leaves it as it is', async (_who, sql, found) => {
    const path = join(shared.path, 'queue.db')
    const db = openDatabase(path)
    db.exec(sql)
    db.close()
    await expect(shared.open()).rejects.toThrow(LayoutVersionError)
    await expect(shared.open()).rejects.toThrow(path)
    await expect(shared.open()).rejects.toMatchObject({
      found: expect.stringContaining(found) as string,
      expected: '6',
    })
    const after = openDatabase(path)
    expect(after.prepare('SELECT name FROM sqlite_master').all()).toMatchObject([{ name: 'task' }])
    expect(after.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'delete' })
    after.close()
  })

  it.each(['queue.db', 'leases.db'])('refuses another layout of its own in %s', async (file) => {
    await (await shared.open()).close()
    const path = join(shared.path, file)
    const db = openDatabase(path)
    db.exec('PRAGMA user_version = 3')
    db.close()
    const opened = shared.open()
    await expect(opened).rejects.toMatchObject({ code: 'PQ_LAYOUT_VERSION', place: path, found: '3' })
    await expect(opened).rejects.toThrow('drain it with the version that wrote it, or use another directory')
  })

  it('refuses a file that is no database', async () => {
    writeFileSync(join(shared.path, 'queue.db'), 'hello '.repeat(1_000))
    await expect(shared.open()).rejects.toThrow(LayoutVersionError)
  })

  it('shares one store between all names of a directory in a process', async () => {
    const link = join(shared.path, 'link')
    mkdirSync(join(shared.path, 'real'))
    symlinkSync(join(shared.path, 'real'), link)
    const one = Store.open(readEmbeddedUrl(`embedded:${join(shared.path, 'real')}`))
    const other = Store.open(readEmbeddedUrl(`embedded:${link}?namespace=x`))
    expect(other).toBe(one)
    await other.release()
    expect(one.isClosed).toBe(false)
    await one.release()
    expect(one.isClosed).toBe(true)
  })

  describe('while another process writes', () => {
    beforeEach(async () => {
      await (await shared.open()).close()
      const db = openDatabase(join(shared.path, 'queue.db'))
      onTestFinished(() => {
        db.close()
      })
      db.exec('BEGIN IMMEDIATE')
    })

    it('waits for as long as its URL says', async () => {
      const broker = await shared.open(`${shared.url}?connectTimeout=30ms`)
      const queued = broker.queue(QUEUE, [newTask('t')])
      await expect(queued).rejects.toThrow(BrokerUnreachableError)
      await expect(queued).rejects.toMatchObject({ waited: 30 })
    })

    it('tells a look that comes to no end as it tells a write', async () => {
      const { queue, close } = connect(shared.path, 30)
      const look = (): void => {
        queue.exec('BEGIN IMMEDIATE')
      }
      await expect(queue.read(look)).rejects.toThrow(BrokerUnreachableError)
      await close()
    })
  })

  it('waits as long as the most patient of those that share a store in a process', async () => {
    const [hasty, patient] = ['30ms', '1h'].map((timeout) => readEmbeddedUrl(`${shared.url}?connectTimeout=${timeout}`))
    if (!hasty || !patient) throw new Error('expected two stores')
    const store = Store.open(hasty)
    expect(store.leases.timeout).toBe(30)
    Store.open(patient)
    expect([store.queue.timeout, store.leases.timeout, store.metrics.timeout]).toEqual(Array(3).fill(3_600_000))
    Store.open(hasty)
    expect(store.queue.timeout).toBe(3_600_000)
    for (let user = 0; user < 3; user++) await store.release()
  })

  it('keeps namespaces apart, whoever opened the directory first', async () => {
    const one = await shared.open(`${shared.url}?namespace=one`)
    const two = await shared.open(`${shared.url}?namespace=two`)
    const woken: string[] = []
    await one.openWorker(QUEUE, 'w', () => woken.push('one'))
    const heard = new Promise<void>((resolve) => {
      void two.openInbox('in', () => {
        resolve()
      })
    })
    await one.join(QUEUE, { id: 'w', slots: 1, leaseTtl: 10_000 })
    await one.settle({ queue: QUEUE, worker: 'w', lane: 0, seq: 1 }, [], 1)
    await two.queue(QUEUE, [newTask('t', { inbox: 'in' })])
    expect(await one.get(QUEUE, ['t'])).toEqual([null])
    expect(await one.size(QUEUE)).toEqual({ ready: 0, delayed: 0, held: 0 })
    expect(await two.renew(QUEUE, 'w')).toBe('lost')
    await two.revoke(QUEUE, ['t'], 'revoked', 0)
    await heard
    expect(woken).toEqual([])
  })

  it('gives each name in memory a store of its own, for as long as someone has it open', async () => {
    const broker = await shared.open('embedded::memory:')
    expect(broker.heartbeatUrl).toBeNull()
    await broker.queue(QUEUE, [newTask('t')])
    expect((await (await shared.open('embedded::memory:')).get(QUEUE, ['t']))[0]).not.toBeNull()
    expect(await (await shared.open('embedded::memory:other')).get(QUEUE, ['t'])).toEqual([null])
  })

  it('asks after a queue without making it', async () => {
    const broker = await shared.open()
    await broker.size('x')
    await broker.stats('x')
    await broker.get('x', ['t'], 'in')
    await broker.revoke('x', ['t'], 'o', 0)
    await broker.flush('x', 'o')
    expect(await broker.queues()).toEqual([])
  })

  it('renews a lease from a thread while a transaction holds the queue', async () => {
    const broker = await shared.open()
    await broker.join(QUEUE, { id: 'w', slots: 1, leaseTtl: 10_000 })
    const blocker = openDatabase(join(shared.path, 'queue.db'))
    blocker.exec('BEGIN IMMEDIATE')
    const code = `
      import(${JSON.stringify(BROKER)}).then(async ({ EmbeddedBroker }) => {
        const broker = new EmbeddedBroker(${JSON.stringify(broker.heartbeatUrl)})
        await broker.connect()
        require('node:worker_threads').parentPort.postMessage(await broker.renew(${JSON.stringify(QUEUE)}, 'w'))
        await broker.close()
      })`
    const thread = new Worker(code, { eval: true })
    const answer = await new Promise((resolve, reject) => {
      thread.once('message', resolve)
      thread.once('error', reject)
    })
    expect(answer).toBe('held')
    const waiting = broker.queue(QUEUE, [newTask('t')])
    blocker.exec('COMMIT')
    blocker.close()
    expect(await waiting).toMatchObject([{ verdict: 'queued' }])
  })

  it('refuses what does not fit on the disk, and what fits goes on', async () => {
    const broker = await shared.open()
    await broker.queue(QUEUE, [newTask('first')])
    const store = Store.open(readEmbeddedUrl(shared.url))
    const { page_count: pages } = store.queue.sql('PRAGMA page_count').get() as { page_count: number }
    store.queue.sql(`PRAGMA max_page_count = ${String(pages + 2)}`).get()
    const big = newTask('big', { body: 'x'.repeat(100_000) })
    await expect(broker.queue(QUEUE, [big])).rejects.toThrow(BrokerFullError)
    const [refused, taken] = await Promise.allSettled([broker.queue(QUEUE, [big]), broker.size(QUEUE)])
    expect(refused.status).toBe('rejected')
    expect(taken).toMatchObject({ status: 'fulfilled', value: { ready: 1 } })
    await broker.join(QUEUE, { id: 'w', slots: 1, leaseTtl: 10_000 })
    expect((await broker.settle({ queue: QUEUE, worker: 'w', lane: 0, seq: 1 }, [], 1)).tasks).toHaveLength(1)
    await store.release()
  })

  it('refuses calls after it was closed, also those that come at once', async () => {
    const broker = await shared.open()
    await broker.close()
    await expect(broker.queue(QUEUE, [newTask('t')])).rejects.toThrow(ClosedError)
    await expect(broker.connect()).rejects.toThrow(ClosedError)
  })
})
