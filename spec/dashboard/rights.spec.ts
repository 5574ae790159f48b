import type { DashboardOptions, DashboardRole } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allInUse, withoutOthers } from '../../src/operate/busy-elsewhere.js'
import { isSeenAct } from '../../lib/dashboard/auth/seen-acts.js'
import { Visitor } from '../../lib/dashboard/auth/visitor.js'
import { ROUTES } from '../../lib/dashboard/dashboard.js'
import { KeptLooks } from '../../lib/dashboard/kept-looks.js'
import { VisitorControl } from '../../lib/dashboard/visitor-control.js'
import type { Control } from '../../lib/operate/control.js'
import type { JobFigures } from '../../lib/operate/looks.js'
import { task } from '../stores/redis/fixture.js'

const ORIGIN = 'http://127.0.0.1:8070'
const ROLES: readonly DashboardRole[] = ['viewer', 'operator', 'admin']

defineJob({ name: 'mail.send', defaultQueue: 'mail' }, (to: string) => to)
defineJob({ name: 'hidden.report', defaultQueue: 'hidden' }, (of: string) => of)
defineJob({ name: 'hidden.flaky' }, () => undefined)

/** A request that concerns the queue `hidden`, and the first role that may ask for its like in a queue that it sees. */
interface Row {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  readonly first: DashboardRole
  /** Status for an admin of `mail*`. 200: the answer must not tell of what is hidden. */
  readonly limited: number
}

const get = (path: string, limited = 200): Row => ({ method: 'GET', path, first: 'viewer', limited })
const post = (path: string, body: unknown, first: DashboardRole, limited: number): Row => ({
  method: 'POST',
  path,
  body,
  first,
  limited,
})
const API = '/api/v1/'

/** Each route that there is, by its pattern. */
const TABLE: Readonly<Record<string, readonly Row[]>> = {
  'GET queues': [get('queues')],
  'GET queues/:name': [get('queues/hidden', 403)],
  'GET tasks': [get('tasks?queue=hidden&state=ready', 403)],
  'GET find': [
    get('find?q=state:ready'),
    get('find?q=queue:hidden'),
    { ...get('find?q=args.of:b*'), first: 'operator' },
    { ...get('find?q=-result.of:b*'), first: 'operator' },
    { ...get('find?q=meta.of:b*'), first: 'operator' },
  ],
  'GET tasks/:id': [get('tasks/report', 404), get('tasks/none', 404)],
  'GET tasks/:id/payloads/:name': [
    { ...get('tasks/letter/payloads/args'), first: 'operator' },
    { ...get('tasks/report/payloads/args', 404), first: 'operator' },
    { ...get('tasks/letter/payloads/nothing', 404), first: 'operator' },
  ],
  'GET tasks/:id/logs': [{ ...get('tasks/report/logs', 404), first: 'operator' }],
  'GET series': [get('series?queue=hidden&from=0', 403), get('series?from=0')],
  'GET jobs': [get('jobs')],
  'GET workers': [get('workers')],
  'GET schedules': [get('schedules')],
  'GET audit': [get('audit')],
  'GET doctor': [get('doctor')],
  'GET problems': [get('problems')],
  'POST problems/:id/resolve': [post('problems/none/resolve', { queue: 'hidden' }, 'operator', 403)],
  'POST problems/:id/mute': [post('problems/none/mute', { queue: 'hidden' }, 'operator', 403)],
  'POST problems/:id/reopen': [post('problems/none/reopen', { queue: 'hidden' }, 'operator', 403)],
  'GET jobs/:name/form': [{ ...get('jobs/hidden.flaky/form', 404), first: 'admin' }],
  'POST jobs/:name/queue': [
    post('jobs/hidden.flaky/queue', { args: '{}' }, 'admin', 404),
    post('jobs/none/queue', { args: '{}' }, 'admin', 404),
    post('jobs/mail.send/queue', { args: '{"to":"eve"}', queue: 'hidden' }, 'admin', 403),
  ],
  'POST plans': [
    post('plans', { act: 'revoke', filter: 'id:report' }, 'operator', 200),
    post('plans', { act: 'drop', filter: 'id:report' }, 'admin', 200),
  ],
  'POST plans/:id': [post('plans/none', { count: 0 }, 'operator', 403)],
  'POST plans/:id/cancel': [post('plans/none/cancel', {}, 'operator', 403)],
  'POST tasks/:id/retry': [post('tasks/report/retry', { args: '{}' }, 'operator', 404)],
  'POST queues/:name/pause': [post('queues/hidden/pause', {}, 'admin', 403)],
  'POST queues/:name/resume': [post('queues/hidden/resume', {}, 'admin', 403)],
  'POST workers/:name/quiet': [post('workers/w1/quiet', {}, 'admin', 404)],
  'POST workers/:name/resume': [post('workers/w1/resume', {}, 'admin', 404)],
  'POST workers/:name/stop': [post('workers/w1/stop', {}, 'admin', 404)],
  'POST workers/:name/concurrency': [post('workers/w1/concurrency', { tasks: 2 }, 'admin', 404)],
  'POST schedules/:job/run': [
    post('schedules/hidden.flaky/run', {}, 'operator', 404),
    post('schedules/mail.send/run', {}, 'operator', 404),
  ],
  'POST schedules/:job/pause': [post('schedules/hidden.flaky/pause', {}, 'admin', 404)],
  'POST schedules/:job/resume': [post('schedules/hidden.flaky/resume', {}, 'admin', 404)],
}
/** What monitoring asks for. */
const MONITORED: readonly Row[] = [get('/metrics'), get('/autoscale/hidden', 403)]
const ROWS = [...Object.values(TABLE).flat(), ...MONITORED]

let app: PulsarQueue

beforeAll(async () => {
  const dataStore = 'embedded::memory:dashboard-rights'
  app = new PulsarQueue({ dataStore, workers: 0, logLevel: 'silent', parseConsole: false })
  const { tasks, broker } = await app.api().start()
  await tasks.queue('mail.send', { to: 'ada' }, { callback: false, id: 'letter' })
  await tasks.queue('hidden.report', { of: 'bob' }, { callback: false, id: 'report' })
  await broker.join('hidden', { id: 'w1', slots: 1, leaseTtl: 3_600_000 })
  await broker.tick('hidden', {
    job: 'hidden.flaky',
    expected: null,
    at: 1,
    task: task('tick'),
    operation: 'one',
    schedule: 's',
  })
})
afterAll(async () => {
  await app.close()
})

async function send({ method, path, body }: Row, options: DashboardOptions): Promise<{ status: number; text: string }> {
  const request = new Request(`${ORIGIN}${path.startsWith('/') ? '' : API}${path}`, {
    method,
    headers: {
      host: '127.0.0.1:8070',
      ...(method === 'POST' && { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const response = await app.dashboard(options)(request)
  return { status: response.status, text: await response.text() }
}

const as = (can: DashboardRole, queues?: readonly string[]): DashboardOptions => ({
  auth: { authorize: () => ({ user: 'ada', can, queues }) },
})

describe('each route', () => {
  it('is in the table', () => {
    expect(Object.keys(TABLE).sort()).toEqual(ROUTES.map(({ route }) => `${route.method} ${route.pattern}`).sort())
  })

  it.each(ROWS.flatMap((row) => ROLES.map((role) => ({ ...row, role }))))('$role: $method $path', async (row) => {
    const isAllowed = ROLES.indexOf(row.role) >= ROLES.indexOf(row.first)
    // Nothing there is changed by it.
    const { status, text } = await send(row, as(row.role, ['none*']))
    expect({ isRefused: status === 403 && text.includes('which lacks the permission') }, text).toEqual({
      isRefused: !isAllowed,
    })
  })

  it.each(ROWS)('tells an admin of other queues nothing: $method $path', async (row) => {
    const { status, text } = await send(row, as('admin', ['mail*']))
    expect({ status, text }).toMatchObject({ status: row.limited })
    // What the visitor has sent comes back.
    const own = ['queue:hidden', 'id:report', 'hidden.flaky', '\\"w1\\"', 'the queue hidden']
    expect(own.reduce((left, each) => left.replaceAll(each, ''), text)).not.toMatch(/hidden|bob|w1|namespace/)
  })
})

describe('a search for the name of a job', () => {
  const hint = async (filter: string, options: DashboardOptions): Promise<string | undefined> => {
    const { text } = await send(get(`find?q=${encodeURIComponent(filter)}`), options)
    const [last = '{}'] = text.trimEnd().split('\n').slice(-1)
    return (JSON.parse(last) as { progress: { hint?: string } }).progress.hint
  }

  it('finds nothing, since it is taken for an id, and says which term finds its tasks', async () => {
    const says = 'No task has the id hidden.report. It is a job: job:hidden.report finds its tasks.'
    expect(await hint('hidden.report', as('viewer'))).toBe(says)
    expect(await hint('state:failed id:hidden.report', as('viewer'))).toBe(says)
    expect(await hint('nothing', as('viewer'))).toBeUndefined()
    expect(await hint('letter', as('viewer'))).toBeUndefined()
    expect(await hint('-id:letter tag:none job:hidden.report', as('viewer'))).toBeUndefined()
  })

  it('tells nobody of a job that they do not see', async () => {
    expect(await hint('hidden.report', as('viewer', ['mail*']))).toBeUndefined()
  })
})

describe('the audit log of a visitor of some queues', () => {
  const seenBy = (can: DashboardRole, act: string, target: string, by = 'eve') =>
    isSeenAct(
      { at: 0, operation: 'o', act, by, from: 'cli', target, done: 1, skipped: 0, reason: null },
      new Visitor({ user: 'ada', can, queues: ['mail*'] }, false),
    )

  it.each<[isSeen: boolean, act: string, target: string]>([
    [true, 'pause', 'queue:mail'],
    [true, 'resume', 'queue:mail-2'],
    [false, 'pause', 'queue:hidden'],
    // The name of a queue is no filter.
    [false, 'pause', 'queue:hidden queue:mail'],
    [true, 'retry', 'queue:mail state:failed'],
    [true, 'retry', 'queue:mail,mail-2 job:x'],
    [true, 'resolve', 'problem:9f3c queue:mail'],
    [true, 'run-schedule', 'schedule:report queue:mail'],
    [false, 'retry', 'queue:mail,hidden'],
    [false, 'retry', 'queue:mail -queue:hidden'],
    [false, 'retry', '-queue:mail'],
    // More queues than those that are seen may have been meant.
    [false, 'retry', 'queue:m* state:failed'],
    [false, 'retry', 'state:failed'],
    [false, 'retry', 'queue: state:failed'],
    [false, 'retry', 'id:"queue:mail'],
    [false, 'retry', 'id:"queue:mail"'],
    [false, 'worker-quiet', 'worker:w1'],
  ])('has an act: %s, %s %s', (isSeen, act, target) => {
    expect(seenBy('operator', act, target)).toBe(isSeen)
  })

  it('has their own acts, and none that tells of payloads to whoever may not see these', () => {
    expect(seenBy('viewer', 'retry', 'state:failed', 'ada')).toBe(true)
    expect(seenBy('operator', 'retry', 'queue:mail args.customer:42')).toBe(true)
    expect(seenBy('viewer', 'retry', 'queue:mail args.customer:42')).toBe(false)
  })
})

describe('a worker of several queues', () => {
  const queue = (name: string) => ({
    queue: name,
    id: 'w2',
    slots: 1,
    held: 0,
    expiresIn: 1,
    state: 'alive' as const,
  })
  const status = {
    ...{
      pid: 1,
      startedAt: null,
      version: '1',
      quiet: false,
      jobs: ['mail.send', 'hidden.report'],
      running: 0,
      processed: 0,
      memory: 1,
    },
    ...{ eventLoopDelay: 0, manifest: null, at: 0 },
  }
  const worker = (name: string, queues: readonly string[]) => ({
    name,
    node: name,
    state: 'alive' as const,
    queues: queues.map(queue),
    held: 0,
    status,
  })

  it('is busy with tasks of others to whoever does not see which', () => {
    const evidence = { slots: 2, workers: 1 }
    const reason = allInUse(['hidden', 'none'], evidence)
    expect(reason.says).toContain('hidden, none')
    expect(withoutOthers(reason)).toMatchObject({ code: 'BUSY', evidence })
    expect(JSON.stringify(withoutOthers(reason))).not.toMatch(/hidden|none/)
    expect(withoutOthers(allInUse([], evidence))).toEqual(allInUse([], evidence))
  })

  it('is shown without the jobs that it knows to whoever sees some queues only', () => {
    const workers = [worker('w2', ['mail', 'hidden'])]
    const limited = new Visitor({ user: 'ada', can: 'admin', queues: ['mail*'] }, false)
    expect(limited.seenWorkers(workers)).toMatchObject([{ queues: [{ queue: 'mail' }], status: { jobs: [] } }])
    expect(JSON.stringify(limited.seenWorkers(workers))).not.toContain('hidden')
    expect(new Visitor({ user: 'ada', can: 'viewer' }, false).seenWorkers(workers)).toEqual(workers)
  })

  it('counts among those that know a job for whoever sees one of its queues, and one of other queues does not', async () => {
    const workers = [worker('w2', ['mail', 'hidden']), worker('w3', ['hidden']), worker('w4', ['mail'])]
    const api = await app.api().start()
    const control = { workers: async () => await Promise.resolve(workers) } as unknown as Control
    const figures = [{ queue: 'mail', job: 'mail.send' } as JobFigures]
    const known = async (queues?: readonly string[]) => {
      const visitor = new Visitor({ user: 'ada', can: 'viewer', queues }, false)
      return [...(await new VisitorControl(api, control, visitor, new KeptLooks()).knownJobs(figures))]
    }
    expect(await known(['mail*'])).toEqual([['mail.send', 2]])
    expect(await known(['none'])).toEqual([])
    expect(await known()).toEqual([
      ['mail.send', 3],
      ['hidden.report', 3],
    ])
  })
})
