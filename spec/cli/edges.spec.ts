import { mkdtempSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Api } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runPq } from '../support/run-pq.js'

const scratch = mkdtempSync(join(tmpdir(), 'pulsar-edges-'))
const store = `embedded:${join(scratch, 'store')}`
const fail = defineJob({ name: 'mail.fail' }, () => {
  throw new Error('no address')
})

let app: PulsarQueue
let api: Api

beforeAll(async () => {
  app = new PulsarQueue({ dataStore: store, workers: 0, taskQueues: ['mail'], parseConsole: false, logLevel: 'silent' })
  await app.start()
  api = await app.api().start()
  await api.tasks.queue(fail, [], { queue: 'mail', id: 'failed' })
  await api.tasks.queue(fail, [], { queue: 'mail', id: 'late', delay: '1h', callback: false })
})
afterAll(async () => {
  await app.close()
  await rm(scratch, { recursive: true, force: true })
})

const pq = async (...args: string[]) => await runPq([...args, '--store', store])

describe('a queue that nobody has used', () => {
  it.each([
    ['ls', 'mial'],
    ['ls', 'mial', '--state', 'ready'],
    ['pause', 'mial'],
    ['resume', 'mial'],
    ['problems', '--queue', 'mial'],
  ])('is told: pq %s', async (...words) => {
    const told = { code: 1, stdout: '', stderr: 'pq: there is no queue "mial"; did you mean mail?\n' }
    expect(await pq(...words)).toEqual(told)
  })

  it('does not come to be by that, and hides no other', async () => {
    const { code, stdout } = await pq('ls', 'mial', 'mail')
    expect([code, stdout]).toEqual([1, expect.stringMatching(/\nmail /)])
    expect(await api.broker.queues()).not.toContain('mial')
  })

  it('counts as empty where a deployment waits for that, which is told, too', async () => {
    const told = 'no queue is named mial: it counts as empty\n'
    expect(await pq('wait', '--empty', 'mial')).toMatchObject({ code: 0, stderr: told })
  })
})

describe('what is not there', () => {
  const FILTERED = ['find', 'retry', 'revoke', 'run-now', 'drop', 'export', 'move', 'prioritize']
  const more = (command: string): string[] => {
    if (command === 'find' || command === 'export') return []
    return ['--yes', ...(command === 'move' ? ['--to', 'x'] : command === 'prioritize' ? ['--to', '3'] : [])]
  }
  const NO_TASK = 'no queue has a task nope; pq explain nope says more'
  const NO_QUEUE = 'there is no queue "mial"; did you mean mail?'

  it.each<readonly [words: readonly string[], says: string]>([
    ...FILTERED.flatMap((command) => [
      [[command, 'nope', ...more(command)], NO_TASK] as const,
      [[command, 'id:nope', ...more(command)], NO_TASK] as const,
      [[command, 'queue:mial', ...more(command)], NO_QUEUE] as const,
      [
        [command, 'state:live problem:nope', ...more(command)],
        'there is no problem "nope"; pq problems lists',
      ] as const,
    ]),
    // A single word is an id.
    [['find', 'mail.fail'], 'no queue has a task mail.fail; it is a job: job:mail.fail means its tasks'],
    [['show', 'nope'], NO_TASK],
    [['logs', 'nope'], NO_TASK],
    [['logs', 'nope', '--follow'], 'there is no task "nope"; no queue has it'],
    [['problems', 'mute', 'nope'], 'there is no problem "nope"; pq problems lists them'],
    [['workers', 'quiet', 'nope'], 'there is no worker "nope"; pq workers lists them'],
    [['schedules', 'pause', 'nope'], 'there is no schedule "nope"; pq schedules lists them'],
    [['queue', 'mail.nope'], 'no job is named "mail.nope"'],
  ])('is one line on stderr, and exit code 1: pq %j', async (words, says) => {
    const { code, stderr, stdout } = await pq(...words)
    expect([code, stderr]).toEqual([1, expect.stringContaining(`pq: ${says}`)])
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stdout.split('\n').length).toBeLessThanOrEqual(2)
  })

  it.each([
    ...FILTERED.flatMap((command) =>
      ['job:nope', 'tag:nope', 'id:nope*', 'id:nope,nopf', 'job:* -job:*'].map((filter) => [
        command,
        filter,
        ...more(command),
      ]),
    ),
    ['problems', '--state', 'muted'],
  ])('is no failure where a filter names no single one: pq %s %s', async (...words) => {
    expect((await pq(...words)).code).toBe(0)
  })
})

describe('an import', () => {
  it('that meets a bad line says what became of those before it', async () => {
    const { stdout } = await pq('export', 'id:late')
    const path = join(scratch, 'bad.ndjson')
    const known = stdout.trim()
    await writeFile(path, [known.replace('"late"', '"new"'), known, '{"id":1}', known].join('\n'))
    const refusal =
      'pq: expected option line 3 to be a task that pq export wrote, got "{\\"id\\":1}"; give it a file that pq export or pq drop has written; ' +
      'the lines before it were taken, and are left alone when the file is imported again: '
    const stderr = (queued: number, there: number) =>
      `${refusal}${String(queued)} queued, ${String(there)} were there already, 0 were over\n`
    expect(await pq('import', path)).toEqual({ code: 2, stdout: '', stderr: stderr(1, 1) })
    expect(await pq('import', path)).toEqual({ code: 2, stdout: '', stderr: stderr(0, 2) })
    expect(await api.control.show('new')).toMatchObject({ state: 'delayed' })
  })

  it('of an empty file says that there are no tasks in it', async () => {
    const path = join(scratch, 'empty.ndjson')
    await writeFile(path, '')
    expect(await pq('import', path)).toEqual({
      code: 0,
      stdout: '0 queued, 0 were there already, 0 were over and are so again\n',
      stderr: 'there are no tasks in it: an export is empty where no task matches its filter\n',
    })
  })

  it.each([
    ['none.ndjson', 'there is no such file or directory'],
    ['.', 'it is a directory'],
    [join(fileOf('edges.spec.ts'), 'none'), 'a part of the path is no directory'],
  ])('of what is no file is wrong usage: %s', async (path, reason) => {
    expect(await pq('import', path)).toEqual({ code: 2, stdout: '', stderr: `pq: cannot read ${path}: ${reason}\n` })
  })
})

describe('what is dropped', () => {
  it('is not written over a file, and then not dropped', async () => {
    const path = join(scratch, 'kept.ndjson')
    await writeFile(path, 'kept')
    expect(await pq('drop', 'late', '--yes', '--export', path)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        `got ${path}: it is there already, and would be overwritten; nothing was dropped`,
      ) as unknown,
    })
    expect(await api.control.show('late')).not.toBeNull()
  })
})

describe('pq logs', () => {
  it('says that a task has not run, or never will', async () => {
    const none = (id: string, why: string) => ({
      code: 1,
      stdout: '',
      stderr: `pq: no lines of task ${id} are kept: ${why}\n`,
    })
    expect(await pq('logs', 'late')).toEqual(none('late', 'it has not run yet'))
    await api.tasks.queue(fail, [], { queue: 'mail', id: 'revoked', delay: '1h', callback: false })
    await api.tasks.revoke('revoked')
    expect(await pq('logs', 'revoked')).toEqual(none('revoked', 'it has ended without a run'))
  })
})

describe('wrong usage', () => {
  it.each([
    [['ls', '--store', 'http://x'], 'expected a store URL such as'],
    [['ls', '--store', 'redis//:secret@x'], 'to be a store URL such as'],
    [['queue', 'mail.fail', '--store', 'http://x'], 'expected a store URL such as'],
    [['queue', 'mail.fail', '--priority', ''], 'expected --priority to be a whole number'],
    [['queue', 'mail.fail', '--priority', '1e0'], 'expected --priority to be a whole number'],
    [['queue', 'mail.fail', '--priority', ' 7 '], 'expected --priority to be a whole number'],
    [['prioritize', 'late', '--to', ' 7 '], 'expected --to to be a priority from 0 to 9'],
    [['prioritize', 'late', '--to', ''], 'expected --to to be a priority from 0 to 9'],
    [['workers', 'stpo', 'x'], 'did you mean stop?'],
    [['problems', 'resolv', 'x'], 'did you mean resolve?'],
  ])('ends with 2: pq %j', async (words, told) => {
    const given = words.includes('--store') ? words : [...words, '--store', store]
    const { code, stdout, stderr } = await runPq(given)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(told)
    expect(stderr).not.toContain('secret')
  })
})

describe('a number of things', () => {
  it('is one of them, or several', async () => {
    expect((await pq('show', 'failed')).stdout).toContain('state       failed (FAILURE), 1 run\n')
    expect((await pq('show', 'late')).stdout).toContain('state       delayed (QUEUED), 0 runs\n')
    expect((await pq('retry', 'id:failed', '--dry-run')).stderr).toMatch(/^retry: 1 task \(mail\.fail 1\); the oldest/)
    expect((await pq('retry', 'tag:nothing', '--dry-run')).stderr).toBe('retry: 0 tasks\n')
    expect((await pq('explain', 'failed')).stdout).toContain('it ended as FAILURE after 1 run\n')
    expect((await pq('doctor', '--json')).stdout).toContain('"1 worker is alive"')
  })
})

function fileOf(name: string): string {
  return new URL(name, import.meta.url).pathname
}
