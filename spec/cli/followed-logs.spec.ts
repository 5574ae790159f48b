import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api, LogLine } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ServerProcess } from '../support/server-process.js'
import { startServer } from '../support/server-process.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { Terminal } from '../support/terminal.js'

const program = fileURLToPath(new URL('../../lib/cli/pq.js', import.meta.url))
const chatty = fileURLToPath(new URL('fixtures/chatty.mjs', import.meta.url))
/** It runs in the process of the fixture. */
const talk = defineJob(
  { name: 'talk', redact: ['password'] },
  ({ directory, password, steps }: { directory: string; password: string; steps: number }) => [
    directory,
    password,
    steps,
  ],
)

describe.each(STORES)('the log of a task that is followed on $store', ({ make }) => {
  let store: Store
  let scratch: string
  let directory: string
  let app: PulsarQueue
  let api: Api
  let server: ServerProcess

  beforeAll(async () => {
    store = await make()
    scratch = await mkdtemp(join(tmpdir(), 'pulsar-follow-'))
    app = new PulsarQueue({ dataStore: store.url, parseConsole: false, logLevel: 'silent' })
    api = await app.api().start()
    server = await startServer(chatty, [], { PULSAR_DATA_STORE: store.url })
  })
  afterAll(async () => {
    await server.kill('SIGKILL')
    await app.close()
    await store.dispose()
    await rm(scratch, { recursive: true, force: true })
  })
  beforeEach(async () => {
    directory = await mkdtemp(join(scratch, 'task-'))
  })

  const queued = async (steps: number, queue = 'mail') => {
    const options = { queue, callback: false } as const
    return await api.tasks.queue(talk, { directory, password: 'swordfish', steps }, options).wait()
  }
  const step = async (name: string): Promise<void> => {
    await writeFile(join(directory, name), '')
  }
  const follow = (id: string): Terminal =>
    new Terminal([process.execPath, program, 'logs', id, '-f', '--store', store.url], 200, 24)

  it('is printed as it is written, over all runs, each line once and without what is hidden, until the task has ended', async () => {
    const { id } = await queued(2)
    await step('1-1')
    await using terminal = follow(id)
    await terminal.until(({ output }) => output.includes('run 1 step 1'))
    await step('1-2')
    await terminal.until(({ output }) => output.includes('run 1 step 2'))
    await step('2-1')
    await terminal.until(({ output }) => output.includes('run 2 step 1'))
    await step('2-2')
    expect(await terminal.exit()).toBe(0)
    const lines = [...terminal.output.matchAll(/run (\d) step (\d) of \[redacted\] \{"step":\d\}/g)]
    expect(lines.map(([, run, number]) => `${run ?? ''}-${number ?? ''}`)).toEqual(['1-1', '1-2', '2-1', '2-2'])
    expect(terminal.output).not.toContain('swordfish')
  })

  it('goes on with the next start of a task whose worker was killed, under the same number of its run', async () => {
    const serve = async () =>
      await startServer(chatty, ['--task-queues', 'killed', '--lease-ttl', '1s'], { PULSAR_DATA_STORE: store.url })
    const { id } = await queued(2, 'killed')
    await using killed = await serve()
    await step('1-1')
    await using terminal = follow(id)
    await terminal.until(({ output }) => output.includes('run 1 step 1'))
    await killed.kill('SIGKILL')
    await using _next = await serve()
    await terminal.until(({ output }) => output.split('run 1 step 1').length === 3)
    for (const name of ['1-2', '2-1', '2-2']) await step(name)
    expect(await terminal.exit()).toBe(0)
    const lines = [...terminal.output.matchAll(/run (\d) step (\d)/g)].map(
      ([, run, number]) => `${run ?? ''}-${number ?? ''}`,
    )
    expect(lines).toEqual(['1-1', '1-1', '1-2', '2-1', '2-2'])
  })

  it('goes on in the queue to which the task is moved', async () => {
    const { id } = await queued(2, 'unattended')
    await using terminal = follow(id)
    const { control } = api
    await control.move(await control.plan('move', `id:${id}`), 'mail')
    await terminal.until(({ output }) => output.includes(`pq: task ${id} was moved to queue mail as i`))
    // Each line is heard before the next step: what a run has logged that succeeds before anybody looks is kept nowhere.
    for (const name of ['1-1', '1-2', '2-1']) {
      await step(name)
      await terminal.until(({ output }) => output.includes(`run ${name.replace('-', ' step ')}`))
    }
    await step('2-2')
    expect(await terminal.exit()).toBe(0)
    expect([...terminal.output.matchAll(/run \d step \d/g)].map(([line]) => line)).toEqual([
      'run 1 step 1',
      'run 1 step 2',
      'run 2 step 1',
      'run 2 step 2',
    ])
  })

  it('ends with 0 at Ctrl-C, and the task goes on', async () => {
    const { id, doneCallback } = await queued(2)
    await step('1-1')
    await using terminal = follow(id)
    await terminal.until(({ output }) => output.includes('run 1 step 1'))
    terminal.type('\x03')
    expect(await terminal.exit()).toBe(0)
    for (const name of ['1-2', '2-1', '2-2']) await step(name)
    expect(await doneCallback.wait()).toMatchObject({ statusString: 'SUCCESS' })
  })

  it('is that of the last run where the task is over, and refused where no queue has it', async () => {
    const { id, doneCallback } = await queued(1)
    await step('1-1')
    await step('2-1')
    await doneCallback.wait()
    const lines: LogLine[] = []
    for await (const line of api.control.follow(id)) lines.push(line)
    expect(lines).toEqual([])
    await using silent = follow(id)
    expect(await silent.exit()).toBe(1)
    expect(silent.output).toContain(`pq: no lines of task ${id} are kept`)
    await using terminal = follow('i24ab9q2m0f3k7d100e9p1')
    expect(await terminal.exit()).toBe(1)
  })
})
