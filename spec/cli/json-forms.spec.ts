import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Project } from '../codegen/project.js'
import { root } from '../codegen/project.js'
import { BOOKED, BOOKING, bookingProject } from '../support/booking-project.js'

const run = promisify(execFile)
let project: Project
let app: PulsarQueue

beforeAll(async () => {
  project = await bookingProject()
  app = new PulsarQueue({
    dataStore: `embedded:${join(project.directory, 'store')}`,
    taskPaths: [join(project.directory, 'booking.ts')],
    parseConsole: false,
    workers: 0,
    logLevel: 'silent',
  })
  await app.start()
})
afterAll(async () => {
  await app.close()
  await project[Symbol.asyncDispose]()
})

async function queue(args: object): Promise<string> {
  const settings = ['--data-store', 'embedded:./store', '--task-paths', './booking.ts', '--wait', '30s']
  // A text is given without quotes, as people write it.
  const words = Object.entries(args).map(
    ([name, value]: [string, unknown]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const argv = [join(root, 'lib/cli/pq.js'), 'queue', 'booking', ...words, ...settings]
  return (await run(process.execPath, argv, { cwd: project.directory })).stdout
}

it('pq queue takes dates, bigints, bytes, maps and sets in the forms in which results are shown', async () => {
  expect(JSON.parse(await queue(BOOKING))).toEqual(BOOKED)
})

it('pq queue refuses a text that is no date', async () => {
  await expect(queue({ ...BOOKING, when: 'tomorrow' })).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('expected argument when to be a Date, got "tomorrow"') as string,
  })
})
