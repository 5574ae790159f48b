import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ActResult, DashboardAuth, DashboardOptions, DashboardRole, Plan } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noCounts } from '../../lib/model/run-counts.js'
import { hashPassword } from '../../lib/dashboard/auth/passwords.js'

const ORIGIN = 'http://127.0.0.1:8070'
const TOKEN = 'a token of the operators'
const VIEWER = 'a token of those who look'

defineJob({ name: 'mail.send', defaultQueue: 'mail' }, (to: string) => to)
defineJob({ name: 'secret.report', defaultQueue: 'secrets' }, (of: string) => of)

type KeptPlan = Plan & { readonly id: string }

let app: PulsarQueue
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulsar-drop-'))
  app = new PulsarQueue({
    dropDirectory: directory,
    dataStore: 'embedded::memory:dashboard-http',
    workers: 0,
    logLevel: 'silent',
    parseConsole: false,
  })
  const { tasks } = await app.api().start()
  await tasks.queue('mail.send', { to: 'ada' }, { callback: false, id: 'letter' })
  await tasks.queue('secret.report', { of: 'bob' }, { callback: false, id: 'report' })
})
afterAll(async () => {
  await app.close()
  await rm(directory, { recursive: true })
})

interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

async function send(
  path: string,
  { method = 'GET', headers = {}, body }: Sent = {},
  options: DashboardOptions = {},
  dashboard = app.dashboard(options),
) {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  const request = new Request(`${ORIGIN}${path}`, {
    method,
    headers: {
      host: '127.0.0.1:8070',
      ...(method === 'POST' && { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }),
      ...headers,
    },
    ...(text !== undefined && { body: text }),
  })
  return await dashboard(request)
}

async function errorOf(response: Response): Promise<{ status: number; code: string; message: string }> {
  const { error } = (await response.json()) as { error: { code: string; message: string } }
  return { status: response.status, ...error }
}

const post = (body: unknown, headers: Readonly<Record<string, string>> = {}): Sent => ({
  method: 'POST',
  body,
  headers,
})

const ROLES: readonly DashboardRole[] = ['viewer', 'operator', 'admin']

/** Each act, and the first role that may do it. */
const ACTS: readonly (readonly [path: string, body: unknown, first: DashboardRole])[] = [
  ['plans', { act: 'revoke', filter: 'id:none' }, 'operator'],
  ['plans', { act: 'drop', filter: 'id:none' }, 'admin'],
  ['plans/none', { count: 0 }, 'operator'],
  ['plans/none/cancel', {}, 'operator'],
  ['tasks/letter/retry', { args: '{}' }, 'operator'],
  ['problems/none/resolve', { queue: 'mail' }, 'operator'],
  ['problems/none/mute', { queue: 'mail' }, 'operator'],
  ['problems/none/reopen', { queue: 'mail' }, 'operator'],
  ['queues/mail/pause', {}, 'admin'],
  ['queues/mail/resume', {}, 'admin'],
  ['workers/none/quiet', {}, 'admin'],
  ['workers/none/stop', {}, 'admin'],
  ['workers/none/resume', {}, 'admin'],
  ['workers/none/concurrency', { tasks: 2 }, 'admin'],
  ['schedules/none/run', {}, 'operator'],
  ['schedules/none/pause', {}, 'admin'],
  ['schedules/none/resume', {}, 'admin'],
  ['jobs/none/queue', { args: '{}' }, 'admin'],
]

describe('the page of the dashboard', () => {
  it.each(['/', '/queues', '/a/b/', '/a/b?x=1'])('is at %s, with addresses that are relative', async (path) => {
    const response = await send(path)
    const html = await response.text()
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const [, style = ''] = /'stylesheet', '([^']+)'/.exec(html) ?? []
    const [, script = ''] = /'modulepreload', '([^']+)'/.exec(html) ?? []
    expect([style, script].every((address) => /^[\w.-]+$/.test(address))).toBe(true)
    for (const file of [style, script]) {
      const sent = await send(`/a/b/${file}`)
      expect(sent.headers.get('cache-control')).toContain('immutable')
      expect((await sent.text()).length).toBeGreaterThan(1_000)
    }
  })

  it('allows no script but its own, no frames and no forms to elsewhere', async () => {
    const policy = (await send('/')).headers.get('content-security-policy') ?? ''
    expect(policy.split('; ').map((part) => part.replace(/'sha256-[^']+'/, '<hash>'))).toEqual([
      "default-src 'none'",
      "script-src 'self' <hash>",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ])
  })

  it('escapes its title', async () => {
    expect(await (await send('/', {}, { title: '<b>"' })).text()).toContain('<title>&#60;b&#62;&#34;</title>')
  })
})

describe('a dashboard without auth', () => {
  it('serves this machine', async () => {
    const session = (await (await send('/api/v1/session')).json()) as { user: string; can: string[] }
    expect(session).toMatchObject({ user: 'local', can: ['view', 'payloads', 'act', 'queue', 'destroy'] })
  })

  it.each([
    ['a name that was rebound', { host: 'evil.example:8070' }],
    ['a proxy', { 'x-forwarded-for': '10.0.0.7' }],
    ['a proxy that says so in the standard way', { forwarded: 'for=10.0.0.7' }],
  ])('refuses %s, and says what to do', async (_what, headers) => {
    const error = await errorOf(await send('/api/v1/queues', { headers }))
    expect(error).toMatchObject({ status: 403, code: 'PQ_FORBIDDEN' })
    expect(error.message).toContain('set the option auth')
  })
})

describe('a request of another site', () => {
  it.each([
    ['a page of another origin', { 'sec-fetch-site': 'cross-site' }],
    ['a page of the same site, but of another origin', { 'sec-fetch-site': 'same-site' }],
    ['an old browser', { 'sec-fetch-site': '', origin: 'https://evil.example' }],
  ])('is refused: %s', async (_what, headers) => {
    const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))
    const request = new Request(`${ORIGIN}/api/v1/plans`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', host: '127.0.0.1:8070', ...given },
      body: '{}',
    })
    expect(await errorOf(await app.dashboard()(request))).toMatchObject({ status: 403, code: 'PQ_FORBIDDEN' })
  })

  it('cannot send a form', async () => {
    const form = await send('/api/v1/plans', post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }))
    expect(await errorOf(form)).toMatchObject({ status: 400, code: 'PQ_INVALID_OPTION' })
  })
})

describe('bad input', () => {
  it.each([
    ['no JSON', '{', 400, 'JSON in UTF-8'],
    ['a list', '[]', 400, 'an object'],
    ['too much', JSON.stringify({ filter: 'x'.repeat(1_100_000) }), 400, 'at most 1048576 bytes'],
    ['an unknown act', { act: 'explode', filter: 'state:failed' }, 400, 'one of retry'],
    ['no filter', { act: 'revoke' }, 400, 'a string'],
  ])('is refused with what was expected: %s', async (_what, body, status, expected) => {
    const error = await errorOf(await send('/api/v1/plans', post(body)))
    expect(error.status).toBe(status)
    expect(error.message).toContain(expected)
  })

  it.each(['/api', '/api/', '/api/v2/queues', '/x/api/nothing', '/api/v1', '/api/v1/nothing', '/api/v1/'])(
    'names what there is not: %s',
    async (path) => {
      const response = await send(path)
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(await errorOf(response)).toMatchObject({ status: 404, code: 'HTTP' })
    },
  )

  it('is the page for a browser that opens a path below api, where it may be mounted', async () => {
    const response = await send('/api/queues/', { headers: { accept: 'text/html,*/*;q=0.8' } })
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  })

  it.each([
    'queues?x=1',
    'find?q=state:ready&deep=1',
    'tasks?queue=mail&state=ready&limt=1',
    'tasks?queue=mail&state=ready&limit=',
    'tasks?queue=mail&state=ready&limit=1e0',
    'tasks/letter?x',
    'series?step=2m',
    'series?from=x',
    'session?x=1',
    'live?x=1',
    '../../metrics?queue=mail',
    '../../autoscale/mail?drian=1m',
    '../../autoscale/mail?slots=',
    '../../autoscale/mail?slots=1e1',
  ])('refuses what an address does not take: %s', async (path) => {
    expect(await errorOf(await send(`/api/v1/${path}`))).toMatchObject({ status: 400, code: 'PQ_INVALID_OPTION' })
  })

  it.each(ACTS)('refuses a member of a body that it does not take: %s', async (path, body) => {
    const error = await errorOf(await send(`/api/v1/${path}`, post({ ...(body as object), reasn: 'x' })))
    expect(error).toMatchObject({ status: 400, code: 'PQ_INVALID_OPTION' })
    expect(error.message).toContain('reasn')
    const login = await errorOf(
      await send('/api/v1/session', post({ secret: TOKEN, usr: 'ada' }), { auth: { token: TOKEN } }),
    )
    expect(login.message).toContain('did you mean user?')
  })

  it.each([0, 1.5, 10_001, '2', null, undefined])('refuses a number of slots that is none: %s', async (tasks) => {
    const { broker } = await app.api().start()
    await broker.join('mail', { id: 'host:1', slots: 1, leaseTtl: 3_600_000 })
    const error = await errorOf(await send('/api/v1/workers/host%3A1/concurrency', post({ tasks })))
    await broker.leave('mail', 'host:1')
    expect(error).toMatchObject({ status: 400, code: 'PQ_INVALID_OPTION' })
    expect(error.message).toContain('a whole number from 1 to 10000')
  })

  it('names what there is not', async () => {
    expect(await errorOf(await send('/api/v1/tasks/unknown-id'))).toMatchObject({
      status: 404,
      code: 'PQ_NOT_FOUND',
    })
    expect(await errorOf(await send('/api/v1/tasks/unknown-id/retry', post({ args: '{}' })))).toMatchObject({
      status: 404,
      code: 'PQ_NOT_FOUND',
    })
    expect(await errorOf(await send('/api/v1/workers/nobody/quiet', post({})))).toMatchObject({ code: 'PQ_NOT_FOUND' })
    expect(await errorOf(await send('/api/v1/workers/nobody/concurrency', post({ tasks: 2 })))).toMatchObject({
      code: 'PQ_NOT_FOUND',
    })
    expect(await errorOf(await send('/api/v1/schedules/none/run', post({})))).toMatchObject({ code: 'PQ_NOT_FOUND' })
  })
})

describe('a dashboard with a token', () => {
  const auth: DashboardAuth = { token: TOKEN, viewerToken: VIEWER }

  it('lets in whoever sends it', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` }
    expect((await send('/api/v1/queues', { headers }, { auth })).status).toBe(200)
  })

  it.each([
    {},
    { authorization: 'Bearer another' },
    { authorization: `Basic ${TOKEN}` },
    { cookie: 'pulsar_queue=a.b.c' },
  ])('refuses whoever does not: %o', async (headers) => {
    const error = await errorOf(await send('/api/v1/queues', { headers }, { auth }))
    expect(error).toMatchObject({ status: 401, code: 'PQ_UNAUTHORIZED' })
  })

  it('serves the page to everybody, which asks them to log in', async () => {
    expect((await send('/', {}, { auth })).status).toBe(200)
  })

  it('logs in with a cookie that scripts and other sites do not get', async () => {
    const refused = await errorOf(await send('/api/v1/session', post({ secret: 'another' }), { auth }))
    expect(refused).toMatchObject({ status: 401, code: 'PQ_UNAUTHORIZED' })
    const response = await send('/api/v1/session', post({ secret: TOKEN }), { auth })
    const cookie = response.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^pulsar_queue=[\w.-]+; HttpOnly; SameSite=Strict; Max-Age=43200$/)
    const headers = { cookie: cookie.split(';', 1)[0] ?? '' }
    expect((await send('/api/v1/queues', { headers }, { auth })).status).toBe(200)
    // Another token ends all logins.
    const changed = { auth: { token: `${TOKEN}, changed` } }
    expect((await send('/api/v1/queues', { headers }, changed)).status).toBe(401)
    const forged = { cookie: headers.cookie.replace(/\.\d+\./, '.99999999999.') }
    expect((await send('/api/v1/queues', { headers: forged }, { auth })).status).toBe(401)
  })

  it('limits the attempts that fail, and locks out nobody who has logged in', async () => {
    const dashboard = app.dashboard({ auth })
    const by = async (sent: Sent, path = '/api/v1/queues') => await send(path, sent, {}, dashboard)
    const bearer = { headers: { authorization: `Bearer ${TOKEN}` } }
    const login = await by(post({ secret: TOKEN }), '/api/v1/session')
    const cookie = { headers: { cookie: login.headers.get('set-cookie')?.split(';', 1)[0] ?? '' } }
    expect((await by(bearer)).status).toBe(200)
    for (let i = 0; i < 5; i += 1) {
      expect((await by(post({ secret: `guess ${String(i)}` }), '/api/v1/session')).status).toBe(401)
      expect((await by({ headers: { authorization: `Bearer ${String(i)}` } })).status).toBe(401)
    }
    for (const guess of [
      await by(post({ secret: VIEWER }), '/api/v1/session'),
      await by({ headers: { authorization: `Bearer ${VIEWER}` } }),
      await by({ headers: { authorization: 'Bearer guess' } }, '/metrics'),
    ]) {
      expect(Number(guess.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await errorOf(guess)).toMatchObject({ status: 429, code: 'PQ_TOO_MANY_ATTEMPTS' })
    }
    expect((await by(cookie)).status).toBe(200)
    expect((await by(bearer)).status).toBe(200)
    expect((await by(post({ secret: TOKEN }), '/api/v1/session')).status).toBe(200)
  })

  it('shows a viewer everything but payloads, and lets them change nothing', async () => {
    const headers = { authorization: `Bearer ${VIEWER}` }
    const session = (await (await send('/api/v1/session', { headers }, { auth })).json()) as { can: string[] }
    expect(session.can).toEqual(['view'])
  })

  it('does not start with one that can be guessed', () => {
    expect(() => app.dashboard({ auth: { token: 'short' } })).toThrow(
      'the dashboard expected a token of at least 16 characters, got one of 5',
    )
  })
})

describe('a dashboard with users', () => {
  it('lets them in with their passwords', async () => {
    const auth = { basic: { ada: await hashPassword('lovelace') } }
    const as = (user: string, password: string) => ({
      headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
    })
    expect((await send('/api/v1/queues', as('ada', 'lovelace'), { auth })).status).toBe(200)
    for (const wrong of [as('ada', 'byron'), as('eve', 'lovelace'), as('__proto__', '')]) {
      expect((await send('/api/v1/queues', wrong, { auth })).status).toBe(401)
    }
    const opened = await send('/api/v1/session', post({ user: 'ada', secret: 'lovelace' }), { auth })
    expect(await opened.json()).toMatchObject({ user: 'ada' })
  })

  it('does not start with passwords that are no hashes', () => {
    expect(() => app.dashboard({ auth: { basic: { ada: 'lovelace' } } })).toThrow('the password of ada as a hash')
  })
})

const asked = (
  can: DashboardRole,
  more: Partial<DashboardOptions> = {},
  queues?: readonly string[],
): DashboardOptions => ({
  auth: { authorize: () => ({ user: 'ada', can, queues }) },
  ...more,
})

describe('a drop', () => {
  it('is written to a file of the server first, and the answer names it', async () => {
    const { tasks, control } = app.api()
    await tasks.queue('mail.send', { to: 'bob' }, { callback: false, id: 'dropped', delay: '1h' })
    const options = asked('admin')
    const dashboard = app.dashboard(options)
    const answer = async (path: string, body: unknown): Promise<string> =>
      await (await send(`/api/v1/${path}`, post(body), options, dashboard)).text()
    const { id, count } = JSON.parse(await answer('plans', { act: 'drop', filter: 'id:dropped' })) as KeptPlan
    const lines = (await answer(`plans/${id}`, { count })).trimEnd().split('\n')
    const { result } = JSON.parse(String(lines.at(-1))) as { result: ActResult }
    expect(result).toMatchObject({ done: 1, file: expect.stringContaining(directory) as unknown })
    expect(await control.show('dropped')).toBeNull()
    const written = (await readFile(String(result.file), 'utf8')).trimEnd().split('\n')
    expect(await control.import(written)).toEqual({ imported: 1, known: 0, over: 0 })
    expect(await control.show('dropped')).toMatchObject({ state: 'delayed', args: { to: 'bob' } })
  })

  it('of a server that cannot write is refused, and says whose matter that is', async () => {
    const dropDirectory = join(directory, 'nowhere')
    const other = new PulsarQueue({
      ...{ dataStore: 'embedded::memory:dashboard-http', dropDirectory },
      ...{ workers: 0, logLevel: 'silent', parseConsole: false },
    })
    const dashboard = other.dashboard()
    const ask = async (path: string, body: unknown) => await (await send(path, post(body), {}, dashboard)).text()
    const { id, count } = JSON.parse(await ask('/api/v1/plans', { act: 'drop', filter: 'id:letter' })) as KeptPlan
    const answer = await ask(`/api/v1/plans/${id}`, { count })
    expect(JSON.parse(answer)).toEqual({
      failed: {
        code: 'PQ_INVALID_OPTION',
        message: expect.stringMatching(
          /^expected option dropDirectory to be a directory in which the server can make a file, got .*its directory does not exist; nothing was dropped; whoever runs this server mends that/,
        ) as unknown,
      },
    })
    expect(await other.api().control.show('letter')).not.toBeNull()
    await other.close()
  })
})

describe('roles', () => {
  const table = ACTS.flatMap(([path, body, first]) =>
    ROLES.map((role) => ({ path, body, role, isAllowed: ROLES.indexOf(role) >= ROLES.indexOf(first) })),
  )

  it.each(table)('$role, POST $path $body: $isAllowed', async ({ path, body, role, isAllowed }) => {
    const response = await send(`/api/v1/${path}`, post(body), asked(role))
    const error = response.ok ? null : await errorOf(response)
    const isRefused = error?.message.includes('which lacks the permission') ?? false
    expect({ isRefused, error }).toMatchObject({ isRefused: !isAllowed })
    if (isRefused) expect(error?.message).toMatch(/: ask for the role (operator|admin)$/)
  })

  it.each(ACTS)('an admin of a read-only dashboard is refused POST %s', async (path, body) => {
    const error = await errorOf(await send(`/api/v1/${path}`, post(body), asked('admin', { readOnly: true })))
    expect(error).toMatchObject({ status: 403, code: 'PQ_FORBIDDEN' })
  })

  it('an application that returns another role is told so in its log, and the visitor is refused', async () => {
    const auth = { authorize: () => ({ user: 'ada', can: 'root' as DashboardRole }) }
    expect(await errorOf(await send('/api/v1/queues', {}, { auth }))).toMatchObject({
      status: 500,
      code: 'PQ_INTERNAL',
    })
  })

  it('an application that lets nobody in', async () => {
    expect((await send('/api/v1/queues', {}, { auth: { authorize: () => null } })).status).toBe(401)
  })
})

describe('a plan', () => {
  it('is carried out once, with its count, by whoever made it', async () => {
    const auth: DashboardAuth = {
      authorize: (request) => ({ user: request.headers.get('x-user') ?? 'nobody', can: 'admin' }),
    }
    const dashboard = app.dashboard({ auth })
    const as = async (user: string, path: string, body: unknown) =>
      await (await send(`/api/v1/${path}`, post(body, { 'x-user': user }), {}, dashboard)).text()
    const made = JSON.parse(await as('ada', 'plans', { act: 'prioritize', filter: 'id:letter' })) as {
      id: string
      count: number
    }
    expect(made.count).toBe(1)
    const path = `plans/${made.id}`
    expect(await as('eve', path, { count: 1, priority: '8' })).toContain('PQ_FORBIDDEN')
    expect(await as('ada', path, { count: 2, priority: '8' })).toContain('PQ_INVALID_OPTION')
    for (const priority of ['', '1e0', ' 7 ', '10', '-1', 8, null]) {
      expect(await as('ada', path, { count: 1, priority })).toContain('PQ_INVALID_OPTION')
    }
    expect(await as('ada', path, { count: 1, priority: '8' })).toContain('"done":1')
    expect(await as('ada', path, { count: 1, priority: '8' })).toContain('PQ_FORBIDDEN')
  })
})

describe('a visitor of some queues', () => {
  const limited = asked('admin', {}, ['mail*'])

  it('sees these only', async () => {
    const { rows } = (await (await send('/api/v1/queues', {}, limited)).json()) as { rows: { name: string }[] }
    expect(rows.map(({ name }) => name)).toEqual(['mail'])
  })

  it.each([
    ['GET', 'tasks?queue=secrets&state=ready', undefined],
    ['GET', 'series?queue=secrets&from=0', undefined],
    ['POST', 'queues/secrets/pause', {}],
    ['POST', 'problems/none/resolve', { queue: 'secrets' }],
    ['POST', 'jobs/mail.send/queue', { args: '{"to":"eve"}', queue: 'secrets' }],
  ])('is refused the others: %s %s', async (method, path, body) => {
    const error = await errorOf(await send(`/api/v1/${path}`, { method, body }, limited))
    expect(error).toMatchObject({ status: 403, code: 'PQ_FORBIDDEN' })
  })
})

describe('charts', () => {
  it('of all queues have those that the visitor sees, and one look serves all who ask at once', async () => {
    const operations = (await app.api().start()).broker.operations()
    for (const queue of ['mail', 'secrets']) {
      const jobs = new Map([[`${queue}.job`, { ...noCounts(), succeeded: 3 }]])
      await operations?.observe(queue, { worker: 'spec', seq: 1, jobs, ended: [], isComplete: true })
    }
    const sumOf = async (options: DashboardOptions, query = ''): Promise<number> => {
      const reply = await send(`/api/v1/series?step=1h&from=${String(Date.now() - 7_200_000)}${query}`, {}, options)
      const { points } = (await reply.json()) as { points: { succeeded: number }[] }
      return points.reduce((sum, { succeeded }) => sum + succeeded, 0)
    }
    const authorize = (): { user: string; can: 'viewer'; queues: string[] } => ({
      user: 'ada',
      can: 'viewer',
      queues: ['mail*'],
    })
    expect(await sumOf({})).toBe(6)
    expect(await sumOf({ auth: { authorize } })).toBe(3)
    expect(await sumOf({}, '&job=secrets.job')).toBe(3)
    expect(await sumOf({ auth: { authorize } }, '&job=secrets.job')).toBe(0)
    const jobs: unknown = await (await send('/api/v1/jobs', {}, { auth: { authorize } })).json()
    expect(jobs).toMatchObject({
      rows: expect.arrayContaining([expect.objectContaining({ name: 'mail.job' })]) as unknown,
    })
    expect(JSON.stringify(jobs)).not.toContain('secrets.job')
  })
})

describe('monitoring', () => {
  const auth: DashboardAuth = { token: TOKEN }
  const bearer = { headers: { authorization: `Bearer ${TOKEN}` } }

  it('reads the metrics of the store, wherever the dashboard is mounted, with the token', async () => {
    expect((await send('/a/b/metrics', {}, { auth })).status).toBe(401)
    const reply = await send('/a/b/metrics', bearer, { auth })
    expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await reply.text()
    expect(text).toContain('pulsar_queue_tasks{queue="mail",state="ready"} 1\n')
    const accept = { headers: { ...bearer.headers, accept: 'application/openmetrics-text' } }
    expect(await (await send('/metrics', accept, { auth })).text()).toMatch(/# EOF\n$/)
  })

  it('sees the queues that its visitor sees', async () => {
    const authorize = (): { user: string; can: 'viewer'; queues: string[] } => ({
      user: 'prometheus',
      can: 'viewer',
      queues: ['mail*'],
    })
    const text = await (await send('/metrics', {}, { auth: { authorize } })).text()
    expect(text).toContain('queue="mail"')
    expect(text).not.toContain('secrets')
    expect((await send('/autoscale/secrets', {}, { auth: { authorize } })).status).toBe(403)
    expect(await errorOf(await send('/autoscale/mail', {}, { auth: { authorize } }))).toMatchObject({
      status: 503,
      code: 'PQ_NOT_MEASURED',
    })
  })
})
