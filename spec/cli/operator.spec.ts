import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../lib/stores/embedded/database/sqlite.js'

const program = fileURLToPath(new URL('../../lib/cli/pq.js', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

let isUp = false
const send = defineJob({ name: 'mail.send' }, ({ to }: { to: string }) => {
  if (!isUp) throw new Error(`read ECONNRESET of ${to}`)
  return to
})

describe('pq, to operate queues,', () => {
  let scratch: string
  let app: PulsarQueue
  let api: Api
  let failed: string
  let late: string

  const pq = (...args: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const store = args.includes('--store') ? [] : ['--store', `embedded:${join(scratch, 'store')}`]
      const all = [program, ...args, ...store]
      const child = execFile(process.execPath, all, { cwd: scratch }, (_error, stdout, stderr) => {
        resolve({ code: child.exitCode, stdout, stderr })
      })
      child.stdin?.end()
    })
  const lines = ({ stdout }: Ended): unknown[] =>
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line))

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'pulsar-operate-'))
    const dataStore = `embedded:${join(scratch, 'store')}`
    app = new PulsarQueue({ dataStore, workers: 0, taskQueues: ['mail'], parseConsole: false, logLevel: 'silent' })
    await app.start()
    api = await app.api().start()
    failed = (await api.tasks.queue(send, { to: 'ann' }, { queue: 'mail' })).id
    late = (await api.tasks.queue(send, { to: 'bob\u001b[2J' }, { queue: 'mail', delay: '1h', callback: false })).id
  })
  afterAll(async () => {
    await app.close()
    await rm(scratch, { recursive: true, force: true })
  })

  it('explains a task in a store of another version', async () => {
    const other = join(scratch, 'other')
    const old = new PulsarQueue({ dataStore: `embedded:${other}`, parseConsole: false, logLevel: 'silent' })
    await old.api().start()
    await old.close()
    const db = openDatabase(join(other, 'queue.db'))
    db.exec('PRAGMA user_version = 4')
    db.close()
    const { code, stdout } = await pq('explain', late, '--store', `embedded:${other}`)
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /\n {2}LAYOUT +.*queue\.db has data of layout 4.*\n +fix: run the version that wrote the data/,
    )
  })

  it('takes an empty filter for none, and not for an empty id', async () => {
    const { code, stderr } = await pq('retry', '', '--dry-run')
    expect(code).toBe(2)
    expect(stderr).not.toContain('id:')
  })

  it('prints the metrics of the store', async () => {
    const plain = await pq('metrics')
    expect([plain.code, plain.stderr]).toEqual([0, ''])
    expect(plain.stdout).toContain('pulsar_queue_tasks{queue="mail",state="delayed"} 1\n')
    expect((await pq('metrics', '--openmetrics')).stdout).toMatch(/# EOF\n$/)
    expect(await pq('metrics', '--bind', 'nowhere')).toMatchObject({ code: 2 })
    const open = await pq('metrics', '--bind', '0.0.0.0:0')
    expect(open).toMatchObject({ code: 1 })
    expect(open.stderr).toMatch(
      /^pq: the server of the metrics expected a token in PULSAR_DASHBOARD_TOKEN .*; set it, such as to/,
    )
  })

  it('lists queues and tasks, as tables and as lines of JSON', async () => {
    const table = await pq('ls')
    expect(table).toMatchObject({ code: 0, stderr: '' })
    expect(table.stdout).toMatch(/^QUEUE +READY +OLDEST +IN +OUT +DELAYED +RUNNING +FAILED +WORKERS +SLOTS\n/)
    expect(table.stdout).toMatch(/\nmail +0 +- +\S+ +\S+ +1 +0 +1 +1 +5\n/)
    expect(lines(await pq('ls', 'mail', '--json'))).toMatchObject([{ name: 'mail', delayed: 1, failed: 1 }])
    expect(lines(await pq('ls', 'mail', '--state', 'failed', '--json'))).toMatchObject([
      { id: failed, state: 'failed' },
    ])
    expect((await pq('ls', '--state', 'failed')).code).toBe(2)
    expect(await pq('ls', '--limit', 'x', 'mail', '--state', 'ready')).toMatchObject({ code: 2 })
  })

  it('finds, shows and explains tasks, and lets no payload reach the terminal as it is', async () => {
    expect(lines(await pq('find', 'queue:mail', 'args.to:ann', '--json'))).toMatchObject([{ id: failed }])
    const shown = await pq('show', late)
    expect(shown.stdout).toContain(`task        ${late} mail.send\n`)
    expect(shown.stdout).toContain('"to": "bob\\u001b[2J"')
    expect((await pq('find', 'job:mail.send')).stdout).toContain(late)
    const explained = await pq('explain', late)
    expect(explained.stdout).toMatch(/\n {2}DELAYED +it was queued to be due in 59 min/)
    expect(await pq('explain', 'nobody')).toMatchObject({ code: 1 })
    expect(await pq('show', 'nobody')).toMatchObject({ code: 1, stdout: '' })
    const wrong = await pq('find', 'stat:failed')
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('did you mean state:?')])
  })

  it('takes a term with a minus in front for a part of the filter, wherever it stands, and an unknown option for none', async () => {
    const all = [failed, late].sort()
    const ids = async (...words: string[]) =>
      (lines(await pq('find', '--json', ...words)) as { id: string }[]).map(({ id }) => id).sort()
    expect(await ids('-queue:other')).toEqual(all)
    expect(await ids('-queue:mail')).toEqual([])
    expect(await ids('-state:failed', 'queue:mail')).toEqual([late])
    expect(await ids('queue:mail', '-args.to:ann')).toEqual([late])
    for (const act of ['revoke', 'move', 'drop']) {
      const to = act === 'move' ? ['--to', 'x'] : []
      const dry = await pq(act, '-queue:mail', '--reason', '-why:not', ...to, '--dry-run', '--json')
      expect([dry.code, JSON.parse(dry.stdout)]).toMatchObject([0, { act, filter: '-queue:mail', count: 0 }])
    }
    expect(await pq('export', '-queue:mail')).toMatchObject({ code: 0, stdout: '' })
    expect(await pq('find', '-queue')).toMatchObject({ code: 2 })
  })

  it('says what an act would change, and asks before it does', async () => {
    const dry = await pq('retry', 'error:ECONNRESET', '--dry-run')
    expect(dry).toMatchObject({ code: 0, stdout: '' })
    expect(dry.stderr).toMatch(/^retry: 1 task \(mail\.send 1\); the oldest was queued .* ago\n$/)
    const unasked = await pq('retry', 'error:ECONNRESET')
    expect(unasked).toMatchObject({ code: 2, stdout: '' })
    expect(unasked.stderr).toContain('pq: retry needs --yes where there is no terminal to ask on')
    expect(await api.control.show(failed)).toMatchObject({ retries: [] })
    expect((await pq('move', `id:${late}`, '--to', 'x/3')).code).toBe(2)
    expect((await pq('prioritize', late, '--to', '10')).code).toBe(2)
  })

  it('lists, resolves, mutes and reopens problems', async () => {
    const [problem] = lines(await pq('problems', '--json', '--queue', 'mail')) as { id: string; count: number }[]
    expect(problem).toMatchObject({ job: 'mail.send', message: 'read ECONNRESET of <arg>', state: 'open', count: 1 })
    const id = problem?.id ?? ''
    expect((await pq('problems')).stdout).toMatch(new RegExp(`^${id} +open +1 .* mail +mail.send +Error: read`, 'm'))
    expect((await pq('retry', `problem:${id.slice(0, 6)}`, '--dry-run', '--json')).stdout).toContain('"count":1')
    expect((await pq('problems', 'resolve', id.slice(0, 6), '--reason', 'mended')).stdout).toBe(
      `${id} of queue mail is resolved\n`,
    )
    expect(lines(await pq('problems', 'mute', id, '--json'))).toEqual([{ id, queue: 'mail', state: 'muted' }])
    expect(lines(await pq('problems', '--state', 'muted', '--json'))).toHaveLength(1)
    expect((await pq('problems', 'reopen', id)).code).toBe(0)
    expect(lines(await pq('audit', '--json', '--limit', '3'))).toMatchObject([
      { act: 'reopen', from: 'cli' },
      { act: 'mute' },
      { act: 'resolve', reason: 'mended' },
    ])
    for (const wrong of [['resolve'], ['mend', id], ['--state', 'shut']]) {
      expect((await pq('problems', ...wrong)).code).toBe(2)
    }
  })

  it('retries, revokes, makes ready and drops', async () => {
    isUp = true
    const paths = ['--task-paths', fileURLToPath(new URL('fixtures/send-job.mjs', import.meta.url))]
    const wrong = await pq('retry', failed, '--yes', '--args', 'too=ann', ...paths)
    expect(wrong).toMatchObject({ code: 2, stdout: '' })
    expect(wrong.stderr).toMatch(/mail\.send: expected argument too to be absent.*did you mean to\?/)
    const retried = await pq('retry', failed, '--yes', '--reason', 'gateway is up', '--json')
    expect(lines(retried)).toMatchObject([{ act: 'retry', done: 1, skipped: 0, left: 0, created: [`${failed}~1`] }])
    const again = await pq('retry', failed, '--yes', '--args', 'to=bob')
    expect(again.stdout).toBe('retry: 0 done, 1 skipped\n')
    expect(again.stderr).toMatch(/this project has no job mail\.send: its arguments are not checked\n/)
    expect(again.stderr).toMatch(new RegExp(`${failed} was retried already, as ${failed}~1\n$`))
    expect((await pq('prioritize', late, '--to', '9', '--yes')).stdout).toBe('prioritize: 1 done, 0 skipped\n')
    expect((await pq('move', late, '--to', 'slow', '--yes')).stdout).toBe('move: 1 done, 0 skipped\n')
    expect((await pq('run-now', 'queue:slow', '--yes')).stdout).toBe('run-now: 1 done, 0 skipped\n')
    const dropped = await pq('drop', 'queue:slow', '--yes', '--export', 'dropped.ndjson')
    expect(dropped.stdout).toBe('drop: 1 done, 0 skipped\n')
    expect(await readFile(join(scratch, 'dropped.ndjson'), 'utf8')).toContain('"queue":"slow"')
    expect((await pq('import', 'dropped.ndjson')).stdout).toBe(
      '1 queued, 0 were there already, 0 were over and are so again\n',
    )
    expect((await pq('export', 'queue:slow')).stdout).toContain('"queue":"slow"')
    expect((await pq('revoke', 'queue:slow', '--yes')).stdout).toBe('revoke: 1 done, 0 skipped\n')
    expect(lines(await pq('audit', '--json')).map((act) => (act as { act: string }).act)).toEqual([
      'revoke',
      'drop',
      'run-now',
      'move',
      'prioritize',
      'retry',
      'retry',
      'reopen',
      'mute',
      'resolve',
    ])
    await writeFile(join(scratch, 'other.ndjson'), '{"id":1}\n')
    expect((await pq('import', 'other.ndjson')).code).toBe(2)
  })

  it('pauses and resumes queues, waits for them, and checks them', async () => {
    expect(await pq('pause', 'mail', '--reason', 'gateway is down')).toMatchObject({
      stdout: 'mail is paused\n',
      code: 0,
    })
    const listed = (await pq('ls')).stdout
    expect(listed).toMatch(/^QUEUE +READY +OLDEST +IN +OUT +DELAYED +RUNNING +FAILED +WORKERS +SLOTS\n/)
    expect(listed).toMatch(/^mail \(paused\) .* \d+\.\d\/s +\d+\.\d\/s /m)
    expect(listed).toMatch(/^mail has been paused for .+ by .+ \(gateway is down\)$/m)
    expect(lines(await pq('ls', '--json'))).toContainEqual(
      expect.objectContaining({
        name: 'mail',
        pausedBy: expect.objectContaining({ reason: 'gateway is down' }) as unknown,
        rates: expect.objectContaining({ failed: expect.any(Number) as unknown }) as unknown,
      }),
    )
    // For an hour, whoever has paused it is taken to know why.
    expect((await pq('doctor')).stdout).toMatch(
      /✓ queue mail has been paused for .* \(gateway is down\); 0 tasks are ready\n/,
    )
    expect((await pq('resume', 'mail')).stdout).toBe('mail is resumed\n')
    expect(await pq('wait', '--empty', 'mail', '--timeout', '10s')).toMatchObject({ code: 0 })
    await api.tasks.queue(send, { to: 'eve' }, { queue: 'nobody', callback: false })
    expect(await pq('wait', '--empty', 'nobody', '--timeout', '0')).toMatchObject({ code: 1 })
    const sick = await pq('doctor', '--json')
    expect(sick.code).toBe(1)
    expect(lines(sick)).toContainEqual(expect.objectContaining({ name: 'queue-without-worker', state: 'fault' }))
    expect((await pq('workers')).stdout).toMatch(/ alive +\d+ +5 +.*mail/)
    expect((await pq('schedules')).code).toBe(0)
    const day = 86_400_000
    const tick = { expected: null, at: Date.now(), operation: 'x', task: null }
    await api.broker.tick('mail', { ...tick, job: 'daily', schedule: `every ${String(day)} ms` })
    await api.broker.tick('mail', { ...tick, job: 'own', schedule: 'isDue' })
    const schedules = await pq('schedules')
    expect(schedules.stdout).toMatch(/daily .* in 23 h 59 min/)
    expect(schedules.stdout).toMatch(/own .* the job decides: --task-paths/)
    expect(lines(await pq('schedules', '--json'))).toMatchObject([
      { job: 'daily', next: tick.at + day },
      { job: 'own', next: null },
    ])
  })
})
