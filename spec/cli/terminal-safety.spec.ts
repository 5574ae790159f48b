import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Api } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProgram } from '../../lib/cli/program.js'
import { printable, printableJson, printableLines } from '../../lib/cli/printable.js'
import { task } from '../stores/redis/fixture.js'
import { runPq } from '../support/run-pq.js'

/** Sets the title of a terminal, clears it, and turns the direction of writing. */
const EVIL = '\u001b]0;title\u0007\u001b[2J\u009b31m\u202etail'
const SHOWN = '\\u001b]0;title\\u0007\\u001b[2J\\u009b31m\\u202etail'
/** Names have no control characters of ASCII; those of Latin-1 they can have. */
const NAME = '\u009b2J\u202e'
const QUEUE = `queue${NAME}`
const JOB = `job${NAME}`

const fail = defineJob({ name: JOB, defaultQueue: QUEUE }, function (_text: string) {
  this.logger.warn(EVIL)
  throw new Error(`${EVIL}\nsecond line`)
})

const scratch = mkdtempSync(join(tmpdir(), 'pulsar-terminal-'))
const store = `embedded:${join(scratch, 'store')}`
let app: PulsarQueue
let api: Api

beforeAll(async () => {
  app = new PulsarQueue({
    dataStore: store,
    workers: 0,
    taskQueues: [QUEUE],
    name: `node${NAME}`,
    parseConsole: false,
    logLevel: 'silent',
  })
  await app.start()
  api = await app.api().start()
  await api.tasks.queue(fail, { _text: EVIL }, { id: `failed${NAME}`, tags: [`tag${NAME}`] })
  await api.tasks.queue(JOB, { _text: EVIL }, { id: `late${NAME}`, queue: `${QUEUE}2`, delay: '1h', callback: false })
  await api.broker.tick(`${QUEUE}2`, {
    job: JOB,
    expected: null,
    at: 1,
    task: task(`tick${NAME}`),
    operation: 'one',
    schedule: `every ${NAME}`,
  })
})
afterAll(async () => {
  await app.close()
  await rm(scratch, { recursive: true, force: true })
})

const pq = async (...args: readonly string[]) => await runPq([...args, '--store', store])

/** Each command, as often as it prints something else. In this order, since some change what others print. */
const TABLE: Readonly<Record<string, readonly (readonly string[])[]>> = {
  ls: [[], [QUEUE], ['--json'], [QUEUE, '--state', 'failed'], [QUEUE, '--state', 'failed', '--json'], [`none${NAME}`]],
  find: [[`job:${JOB}`], [`job:${JOB}`, '--json'], [`none${EVIL}:1`]],
  show: [[`failed${NAME}`], [`failed${NAME}`, '--json'], [`late${NAME}`], [`none${NAME}`]],
  explain: [[`failed${NAME}`], [`late${NAME}`], [`none${NAME}`], [`failed${NAME}`, '--json']],
  logs: [[`failed${NAME}`], [`failed${NAME}`, '--json'], [`late${NAME}`], [`none${NAME}`]],
  problems: [[], ['--json'], ['mute', `none${EVIL}`]],
  workers: [[], ['--json'], ['stop', `none${NAME}`], [`none${EVIL}`]],
  schedules: [[], ['pause', JOB, '--reason', EVIL], [], ['--json'], ['resume', JOB], ['pause', `none${NAME}`]],
  doctor: [[], ['--json']],
  top: [['--json']],
  wait: [
    ['--empty', `${QUEUE}2`, '--timeout', '0'],
    ['--empty', `${QUEUE}2`, '--timeout', '0', '--json'],
  ],
  queue: [
    ['--wait', '20s', '--queue', QUEUE, JOB, `_text=${EVIL}`],
    [JOB, `_text=a`, '--queue', `${QUEUE}2`, '--id', `queued${NAME}`],
    [`none${NAME}`, 'a=4'],
  ],
  jobs: [[], ['--json']],
  prioritize: [[`late${NAME}`, '--to', '9', '--yes', '--reason', EVIL]],
  retry: [
    [`failed${NAME}`, '--dry-run'],
    [`failed${NAME}`, '--dry-run', '--json'],
    [`failed${NAME}`, '--yes'],
  ],
  'run-now': [[`late${NAME}`, '--dry-run']],
  move: [[`late${NAME}`, '--to', `${QUEUE}3`, '--yes', '--json']],
  revoke: [[`queued${NAME}`, '--yes']],
  drop: [[`queue:${QUEUE}3`, '--yes', '--export', join(scratch, `dropped${NAME}`)]],
  pause: [[QUEUE, '--reason', EVIL], [`none${NAME}`]],
  resume: [[QUEUE, '--json'], [`none${NAME}`]],
  audit: [[], ['--json']],
  export: [[`job:${JOB}`]],
  import: [[`none${EVIL}`], [join(scratch, `dropped${NAME}`)]],
  completion: [],
}

/** Those that complain: of what there is not, of lines that are not kept, of a task that fails. */
const COMPLAINS = /^(?!explain).*none|^logs late|--wait/

/** They print nothing of a store: what they are told, their own address and their log. */
const OWN = ['start', 'generate', 'init', 'dashboard']
/** What it prints is for a scraper, which gets names as they are; a terminal gets them escaped. */
const FOR_PROGRAMS = ['metrics']

/** What a terminal would obey. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/

describe('what pq prints', () => {
  it('is held to that by command', () => {
    const names = createProgram().commands.map((command) => command.name())
    expect([...Object.keys(TABLE), ...OWN, ...FOR_PROGRAMS].sort()).toEqual([...names].sort())
  })

  const rows = Object.entries(TABLE).flatMap(([command, all]) => all.map((args) => ({ command, args })))
  it.each(rows)('has nothing that a terminal obeys: $command $args', async ({ command, args }) => {
    const { stdout, stderr } = await pq(command, ...args)
    expect(stdout + stderr).not.toBe('')
    expect(/^pq: /m.test(stderr), stderr).toBe(COMPLAINS.test([command, ...args].join(' ')))
    expect(stdout).not.toMatch(OBEYED)
    expect(stderr).not.toMatch(OBEYED)
  })

  it('shows what others would obey, with the text between', async () => {
    const failed = `again${NAME}`
    await api.tasks.queue(fail, { _text: EVIL }, { id: failed, tags: ['again'] })
    expect((await pq('show', failed)).stdout).toContain(`error       ${SHOWN}\n            second line\n`)
    expect((await pq('logs', failed)).stdout).toContain(SHOWN)
    expect((await pq('find', 'tag:again')).stdout).toContain(SHOWN)
    expect((await pq('audit')).stdout).toContain(SHOWN)
    const [shown] = (await pq('show', failed, '--json')).stdout.split('\n')
    expect(JSON.parse(shown ?? '')).toMatchObject({ id: failed, args: { _text: EVIL } })
  })
})

describe('a printable text', () => {
  it('keeps what is harmless', () => {
    const harmless = 'größe 日本語 🎉 \\u001b "quoted"'
    expect([printable(harmless), printableLines(harmless), printableJson(harmless)]).toEqual(Array(3).fill(harmless))
  })

  it('is one line, or keeps its lines', () => {
    expect(printable('a\nb\tc\rd')).toBe('a\\nb\\tc\\rd')
    expect(printableLines('a\nb\tc\rd\r\ne')).toBe('a\nb\tc\\rd\ne')
  })

  it('means the same where it is JSON', () => {
    const value = { [`${EVIL}\n`]: `${EVIL}\u2028\ufeff` }
    const text = printableJson(JSON.stringify(value, null, 2))
    expect(text.replaceAll('\n', '')).not.toMatch(OBEYED)
    expect(JSON.parse(text)).toEqual(value)
  })
})
