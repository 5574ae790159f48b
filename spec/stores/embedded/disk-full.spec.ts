import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { defineJob, Logger, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { KeptLogger } from '../../support/kept-logger.js'
import { canMount, useDisk } from '../../support/small-disk.js'
import { EmbeddedBroker } from '../../../lib/stores/embedded/embedded-broker.js'
import { until } from '../../support/until.js'
import { newTask } from './support.js'

const job = defineJob({ name: 'disk.echo' }, async (value: number) => {
  await new Promise((resolve) => setTimeout(resolve, 50))
  return value
})

describe.runIf(canMount)('a disk that is smaller than the logs of SQLite grow', () => {
  const disk = useDisk('3m')

  it('takes calls for as long as their tasks find room', async () => {
    const broker = new EmbeddedBroker(`embedded:${join(disk.path, 'store')}`)
    onTestFinished(async () => {
      await broker.close()
    })
    // Each writes 20 KB or more to the log, and a few hundred bytes to the database.
    for (let i = 0; i < 400; i++) await broker.queue('q', [newTask(String(i))])
    expect(await broker.size('q')).toEqual({ ready: 400, delayed: 0, held: 0 })
  })

  it('tells of the tasks that it has when it is full, also those who wait for them', async () => {
    const broker = new EmbeddedBroker(`embedded:${join(disk.path, 'store')}`)
    onTestFinished(async () => {
      await broker.close()
    })
    const body = 'x'.repeat(10_000)
    const fill = async (): Promise<void> => {
      for (let i = 0; ; i++) await broker.queue('full', [newTask(`f${String(i)}`, { body })])
    }
    await expect(fill()).rejects.toMatchObject({ code: 'PQ_BROKER_FULL' })
    // Each look-up notes who waits, until there is no room for that either.
    for (let i = 0; i < 500; i++) {
      const [record] = await broker.get('full', ['f0'], `inbox ${String(i)} ${'x'.repeat(2_000)}`)
      expect(record?.header.id).toBe('f0')
    }
  })
})

describe.runIf(canMount)('a disk that is full for longer than a lease lasts', () => {
  const logger = new KeptLogger()
  // SQLite moves no log on it before it is full. Then none can be moved: the database would grow.
  const disk = useDisk('32m')
  let app: PulsarQueue

  beforeAll(async () => {
    const settings = { workers: 0, leaseTtl: '1s', concurrentTasks: 3, parseConsole: false } as const
    app = new PulsarQueue({ dataStore: `embedded:${join(disk.path, 'store')}`, ...settings })
    app.container.register(Logger, { useValue: logger })
    await app.start()
  })
  afterAll(async () => {
    await app.close()
  })

  const says = async (text: string): Promise<void> => {
    await until(text, () => (logger.lines.some(({ message }) => message.includes(text)) ? true : undefined))
  }

  function fill(path: string): void {
    const file = openSync(path, 'w')
    for (const size of [4_096, 1]) {
      try {
        for (;;) writeSync(file, Buffer.alloc(size))
      } catch {
        // There is no room for a part of this size any more.
      }
    }
    closeSync(file)
  }

  it('loses nothing that was acknowledged, and the worker goes on once there is room', async () => {
    const api = await app.api().start()
    const values = Array.from({ length: 40 }, (_, value) => value)
    for (const value of values) await api.tasks.queue(job, { value }, { id: String(value), callback: false })

    fill(join(disk.path, 'filler'))
    await says('the lease on queue pulsarqueue was lost')
    await expect(api.tasks.queue(job, { value: -1 })).rejects.toMatchObject({ code: 'PQ_BROKER_FULL' })
    rmSync(join(disk.path, 'filler'))

    await says('queue pulsarqueue is joined again')
    const ends = async () => await Promise.all(values.map(async (value) => await api.tasks.get(String(value))))
    const tasks = await until('all tasks to be over', async () => {
      const found = await ends()
      return found.every((task) => task === null || task.statusString === 'SUCCESS') ? found : undefined
    })
    expect(tasks.map((task) => task?.result)).toEqual(values)
  }, 60_000)
})
