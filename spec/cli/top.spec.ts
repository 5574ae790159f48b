import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Api } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Terminal } from '../support/terminal.js'

const program = fileURLToPath(new URL('../../lib/cli/pq.js', import.meta.url))
const send = defineJob({ name: 'mail.send' }, ({ to }: { to: string }) => to)
const hang = defineJob({ name: 'video.encode' }, function () {
  return new Promise<void>((resolve) => {
    this.signal.addEventListener('abort', () => {
      resolve()
    })
  })
})

let scratch: string
let store: string
let app: PulsarQueue
let api: Api

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'pulsar-top-'))
  store = `embedded:${join(scratch, 'store')}`
  app = new PulsarQueue({
    dataStore: store,
    workers: 0,
    taskQueues: ['video'],
    parseConsole: false,
    logLevel: 'silent',
    gracePeriod: '1ms',
  })
  await app.start()
  api = await app.api().start()
  await api.tasks.queue(send, { to: 'zoe' }, { queue: 'video' })
  await api.tasks.queue(hang, [], { queue: 'video', callback: false })
  for (const queue of ['mail', 'mail-slow', 'mail-odd']) {
    await api.tasks.queue(send, { to: 'ann' }, { queue, callback: false })
  }
  await api.tasks.queue(send, { to: 'bob' }, { queue: 'mail', callback: false })
  await api.tasks.queue(send, { to: 'eve' }, { queue: 'mail', callback: false, delay: '1h' })
})
afterAll(async () => {
  await app.close()
  await rm(scratch, { recursive: true, force: true })
})

/** `pq top` on a terminal, with its first look on the screen. */
async function top(columns: number, rows: number, ...more: string[]): Promise<Terminal> {
  const terminal = new Terminal([process.execPath, ...more, program, 'top', '--store', store], columns, rows)
  await terminal.until(({ text }) => text.includes('video'))
  return terminal
}

/** The first cells of the rows that are shown. */
const names = ({ lines }: Terminal): (string | undefined)[] =>
  lines
    .slice(5, -1)
    .filter(Boolean)
    .map((line) => line.trim().split(/\s+/)[0])

function expectRestored(terminal: Terminal): void {
  expect(terminal.isFull).toBe(false)
  expect(terminal.isCursorShown).toBe(true)
  expect(terminal.wraps).toBe(true)
}

describe('pq top', () => {
  it.each([
    [80, 24],
    [200, 60],
  ])('draws a terminal of %i columns and %i rows, and no more than that', async (columns, rows) => {
    await using terminal = await top(columns, rows)
    expect(terminal.isFull).toBe(true)
    expect(terminal.isCursorShown).toBe(false)
    const { lines } = terminal
    expect(lines).toHaveLength(rows)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    expect(lines[0]).toMatch(/^pq top {2}5 queues {2}4 ready {2}1 running {2}embedded:.* \d\d:\d\d:\d\d$/)
    expect(lines[1]).toBe('No worker consumes mail and 2 other queues, which have ready tasks.')
    expect(lines[2]).toBe('[queues]  jobs   workers   problems')
    expect(lines[4]).toMatch(/^QUEUE +READY▼ +OLDEST +IN +OUT +DELAYED +RUNNING +FAILED +WORKERS/)
    expect(lines[5]).toMatch(/^mail +2 .* 1 +0 +0 +0/)
    expect(lines[rows - 1]).toBe('q quit  1-4 view  s sort  r turn  / filter  p pause  ? help')
    terminal.type('q')
    expect(await terminal.exit()).toBe(0)
    expectRestored(terminal)
    expect(terminal.text).toBe('')
  })

  it('draws anew each second, and at once when the terminal has another size', async () => {
    await using terminal = await top(80, 24)
    const clock = terminal.lines[0]?.slice(-8)
    await terminal.until(({ lines }) => lines[0]?.slice(-8) !== clock)
    terminal.resize(200, 60)
    await terminal.until(({ lines }) => lines.length === 60 && lines[0]?.length === 200)
    terminal.resize(40, 10)
    await terminal.until(({ lines }) => lines.length === 10 && lines[0]?.length === 40)
    expect(Math.max(...terminal.lines.map((line) => line.length))).toBeLessThanOrEqual(40)
  })

  it('shows jobs, workers and problems, sorts, filters, scrolls, and lists its keys', async () => {
    await using terminal = await top(120, 12)
    terminal.type('2')
    await terminal.until(({ text }) => /video\.encode +video +1/.test(text))
    // The figures of what has ended reach the store within ten seconds.
    await terminal.until(({ text }) => /mail\.send +video +0 +0\.0\/s +<=\d+ ms +<=\d+ ms +0/.test(text))
    terminal.type('\t')
    await terminal.until(({ text }) => text.includes('[workers]') && /alive +1 +5 .*video/.test(text))
    terminal.type('4')
    await terminal.until(({ text }) => text.includes('[problems]'))
    terminal.type('1S')
    const all = ['mail', 'mail-odd', 'mail-slow', api.nodeName, 'video'].sort()
    // A screen may come in several pieces: the rows are those of before until all of it is there.
    const showing = async (text: string | RegExp, rows: readonly string[]) => {
      const isThere = (shown: Terminal) =>
        typeof text === 'string' ? shown.text.includes(text) : text.test(shown.text)
      await terminal.until((shown) => isThere(shown) && names(shown).join() === rows.join())
    }
    await showing('QUEUE▲', all)
    terminal.type('r')
    await showing('QUEUE▼', all.toReversed())
    terminal.type('/M*L-')
    await showing('filter: M*L-_', ['mail-slow', 'mail-odd'])
    terminal.type('q\x7f\x7f\r')
    await showing(/filter: M\*L(\n| )/, ['mail-slow', 'mail-odd', 'mail'])
    terminal.type('?')
    await terminal.until(({ text }) => text.includes('sort by the next or the last column'))
    terminal.type('x')
    terminal.resize(120, 8)
    await terminal.until(({ lines }) => lines.length === 8)
    terminal.type('j')
    await terminal.until((shown) => names(shown).join() === 'mail-odd,mail')
  })

  it('holds what it shows, and goes on', async () => {
    await using terminal = await top(100, 24)
    terminal.type('p')
    await terminal.until(({ text }) => text.includes('PAUSED'))
    await api.tasks.queue(send, { to: 'late' }, { queue: 'late', callback: false })
    const clock = terminal.lines[0]?.slice(-8)
    await terminal.until(({ lines }) => lines[0]?.slice(-8) !== clock)
    expect(terminal.text).not.toContain('late')
    terminal.type(' ')
    await terminal.until(({ text }) => text.includes('late'))
    await api.tasks.flushQueues('late')
  })

  it.each([
    ['SIGINT', 0],
    ['SIGTERM', 0],
    ['SIGHUP', 0],
  ] as const)('leaves the terminal as it was after %s', async (signal, code) => {
    await using terminal = await top(80, 24)
    await terminal.signal(signal)
    expect(await terminal.exit()).toBe(code)
    expectRestored(terminal)
  })

  it('leaves the terminal as it was after Ctrl-C, and while it is suspended', async () => {
    await using terminal = new Terminal(['bash', '--norc', '--noprofile', '-i'], 80, 24, { env: { PS1: '$ ' } })
    terminal.type(`${process.execPath} ${program} top --store ${store}\r`)
    await terminal.until(({ text }) => text.includes('video'))
    terminal.type('\x1a')
    await terminal.until(({ isFull, text }) => !isFull && text.includes('Stopped'))
    expectRestored(terminal)
    terminal.type('fg\r')
    await terminal.until(({ isFull, text }) => isFull && text.includes('video'))
    terminal.type('\x03')
    await terminal.until(({ isFull }) => !isFull)
    terminal.type('echo "ended with $?"\r')
    await terminal.until(({ text }) => text.includes('ended with 0'))
    expectRestored(terminal)
    terminal.type('exit\r')
    expect(await terminal.exit()).toBe(0)
  })

  it('leaves the terminal as it was when it crashes, and the error stands there', async () => {
    const crash = join(scratch, 'crash.mjs')
    await writeFile(crash, `process.on('SIGUSR2', () => { throw new Error('a fault of pq') })`)
    await using terminal = await top(80, 24, '--import', crash)
    await terminal.signal('SIGUSR2')
    expect(await terminal.exit()).not.toBe(0)
    expectRestored(terminal)
    expect(terminal.text).toContain('a fault of pq')
  })

  it('says what to use where there is no terminal, and looks once with --json', async () => {
    const run = promisify(execFile)
    await expect(run(process.execPath, [program, 'top', '--store', store])).rejects.toMatchObject({
      code: 2,
      stderr: 'pq: pq top needs a terminal; pq top --json looks once, and pq ls prints a table\n',
    })
    const { stdout } = await run(process.execPath, [program, 'top', '--store', store, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      queues: expect.arrayContaining([expect.objectContaining({ name: 'mail', ready: 2, delayed: 1 })]) as unknown,
      jobs: expect.arrayContaining([
        expect.objectContaining({ job: 'video.encode', queue: 'video', running: 1 }),
        expect.objectContaining({ job: 'mail.send', queue: 'video', running: 0, failures: 0 }),
      ]) as unknown,
      workers: [{ state: 'alive', held: 1 }],
    })
  })
})
