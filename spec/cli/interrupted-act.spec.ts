import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { Terminal } from '../support/terminal.js'

const program = fileURLToPath(new URL('../../lib/cli/pq.js', import.meta.url))
const hold = new URL('fixtures/hold-progress.mjs', import.meta.url).href
const COUNT = 3_000
const send = defineJob({ name: 'mail.send' }, ({ to }: { to: number }) => to)
const numberOf = (text = ''): number => Number(text.replace(',', ''))

describe.each(STORES)('what Ctrl-C ends on $store', ({ make }) => {
  let store: Store
  let scratch: string
  let app: PulsarQueue
  let api: Api

  beforeAll(async () => {
    store = await make()
    scratch = await mkdtemp(join(tmpdir(), 'pulsar-interrupt-'))
    app = new PulsarQueue({ dataStore: store.url, parseConsole: false, logLevel: 'silent' })
    api = await app.api().start()
    const calls = Array.from({ length: COUNT }, (_, to) => ({ to }))
    await Promise.all(api.tasks.queueMany(send, calls, { queue: 'mail', callback: false }))
    await api.control.revoke(await api.control.plan('revoke', 'queue:mail'))
  })
  afterAll(async () => {
    await app.close()
    await store.dispose()
    await rm(scratch, { recursive: true, force: true })
  })

  const pq = (...words: string[]): Terminal =>
    new Terminal([process.execPath, program, ...words, '--store', store.url], 100, 24)

  /** A command that gets Ctrl-C where it first prints something, and goes on after that. */
  const interrupted = async (holdAt: RegExp, ...words: string[]): Promise<Terminal> => {
    const goOn = join(scratch, words.join('-'))
    const command = [process.execPath, '--import', hold, program, ...words, '--store', store.url]
    const terminal = new Terminal(command, 100, 24, { env: { GO_ON: goOn, HOLD_AT: holdAt.source } })
    await terminal.until(({ output }) => holdAt.test(output))
    terminal.type('\x03')
    await terminal.until(({ output }) => output.includes('^C'))
    await writeFile(goOn, '')
    return terminal
  }

  it('changes nothing where it is still looking for tasks', async () => {
    await using terminal = await interrupted(/tasks looked at/, 'retry', 'queue:mail', '--yes')
    expect(await terminal.exit()).toBe(1)
    expect(terminal.output).toMatch(/stopped: only [\d,]+ tasks looked at; nothing was changed/)
    expect(await api.control.queue('mail')).toMatchObject({ ready: 0, failed: COUNT })
  })

  it('is an export that says that it is not whole', async () => {
    await using terminal = await interrupted(/"queue":"mail"/, 'export', 'queue:mail')
    expect(await terminal.exit()).toBe(1)
    expect(terminal.output).toContain('stopped: tasks may be missing in what was written')
  })

  it('stops behind its chunk, and the same command takes up what is left: each task is retried once', async () => {
    await using first = await interrupted(/\r500 of 3,000/, 'retry', 'queue:mail', '--yes')
    expect(await first.exit()).toBe(1)
    const [, done, left] = /retry: (\S+) done, 0 skipped\s+stopped: (\S+) tasks left/.exec(first.output) ?? []
    expect(numberOf(done) + numberOf(left)).toBe(COUNT)
    expect(await api.control.queue('mail')).toMatchObject({ ready: numberOf(done), failed: numberOf(left) })

    await using second = pq('retry', 'queue:mail', '--yes')
    expect(await second.exit()).toBe(0)
    expect(second.output).toContain(`retry: ${left ?? ''} done, 0 skipped`)
    expect(await api.control.queue('mail')).toMatchObject({ ready: COUNT, failed: 0 })
  })
})
