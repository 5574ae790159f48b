import { join } from 'node:path'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Project } from '../codegen/project.js'
import { BOOKED, BOOKING, bookingProject } from '../support/booking-project.js'
import { call } from './call.js'

describe('a caller over JSON-RPC', () => {
  let project: Project
  let app: PulsarQueue
  const queue = async (args: object) => await call(app.rpcUrl ?? '', 'tasks.queue', { jobname: 'booking', ...args })

  beforeAll(async () => {
    project = await bookingProject()
    app = new PulsarQueue({
      dataStore: 'embedded::memory:',
      taskPaths: [join(project.directory, 'booking.ts')],
      parseConsole: false,
      workers: 0,
      logLevel: 'silent',
      rpcBind: '127.0.0.1:0',
    })
    await app.start()
  })
  afterAll(async () => {
    await app.close()
    await project[Symbol.asyncDispose]()
  })

  it('gives dates, bigints, bytes, maps and sets in the forms in which results are shown', async () => {
    expect((await queue(BOOKING)).result).toMatchObject({ statusString: 'SUCCESS', result: BOOKED })
  })

  it.each([
    ['when', 'next week', 'expected argument when to be a Date, got "next week"'],
    ['when', '2026-02-31T25:00:00Z', 'expected argument when to be a Date'],
    ['cents', 1.5, 'expected argument cents to be a bigint, got 1.5'],
    ['seal', 'A', 'expected argument seal to be a Uint8Array, got "A"'],
  ])('is told that %s must not be %s', async (name, value, message) => {
    const { error } = await queue({ ...BOOKING, [name]: value })
    expect(error?.code).toBe(-32602)
    expect(JSON.stringify(error)).toContain(JSON.stringify(message).slice(1, -1))
  })
})
