import { FAILURE } from 'pulsar-queue'
import { createTestApp } from 'pulsar-queue/testing'
import { expect, it } from 'vitest'
import { newTask } from '../support/new-task.js'

it('a task of a job that no worker knows fails ten minutes after a worker first took it, and not sooner where it had waited', async () => {
  await using app = createTestApp({ jobs: [], now: Date.UTC(2030, 0, 1) })
  const { broker } = await app.api().start()
  const queue = 'of-a-new-version'
  await broker.queue(queue, [newTask('a', { body: '{}' })])
  /** What the task is once a worker was there at the time of the clock. */
  const afterLook = async () => {
    await app.drain({ queues: [queue] })
    const [record] = await broker.get(queue, ['a'])
    return { isOver: record?.header.status === FAILURE, runs: record?.header.runs, outcome: String(record?.outcome) }
  }
  await app.clock.advance('1h')
  expect(await afterLook()).toMatchObject({ isOver: false, runs: 0 })
  await app.clock.advance('9m')
  expect(await afterLook()).toMatchObject({ isOver: false, runs: 0 })
  await app.clock.advance('1m')
  expect(await afterLook()).toMatchObject({
    isOver: true,
    outcome: expect.stringContaining('no job is named') as string,
  })
})
