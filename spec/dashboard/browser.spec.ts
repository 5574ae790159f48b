import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Api, JobContext } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, describe, expect, it } from 'vitest'
import { latencyBucket } from '../../lib/model/latency-buckets.js'
import { noCounts } from '../../lib/model/run-counts.js'
import { startRedisServer } from '../support/redis-server.js'
import { expectNoSideScroll, openPage, served, useDashboard, violationsOf } from './browser.js'

const ODD = '<img src=x onerror=alert(1)>'
const ODD_JOB = 'odd/job%20#1'

defineJob({ name: 'mail.send', defaultQueue: 'mail' }, (to: string) => `sent to ${to}`)
defineJob({ name: 'mail.fail', defaultQueue: 'mail' }, (customer: number) => {
  throw new Error(`no address of customer ${String(customer)}: ${ODD}`)
})
/** Logs a line of the task that runs, or ends it. */
type Say = (line: string | null) => void
let talks: (say: Say) => void = () => undefined
const talking = new Promise<Say>((resolve) => (talks = resolve))
defineJob({ name: 'talk' }, async function (this: JobContext) {
  this.logger.info('said before')
  await new Promise<void>((resolve) => {
    talks((line) => {
      if (line === null) resolve()
      else this.logger.info(line)
    })
  })
})
defineJob({ name: ODD_JOB, defaultQueue: 'odd' }, (value: unknown) => value)
defineJob({ name: 'hourly', runEvery: '1h' }, () => undefined)

/** A folder for pictures of all pages; undefined: none are made. */
const SCREENSHOTS = process.env['SCREENSHOTS']

let directory: string

const seen = useDashboard(
  async () => {
    directory = await mkdtemp(join(tmpdir(), 'pulsar-drop-'))
    return {
      dropDirectory: directory,
      dataStore: 'embedded::memory:dashboard-browser',
      taskQueues: ['mail', 'odd'],
      schedulePeriodic: true,
    }
  },
  async (api) => {
    const { tasks } = api
    await tasks.queue('mail.send', { to: 'ada' }, { id: 'sent' })
    await tasks.queue(
      ODD_JOB,
      { value: { __proto__: null, text: ODD, nul: '\u0000', list: Array.from({ length: 300 }, (_, i) => i) } },
      { id: 'odd' },
    )
    for (let i = 0; i < 20; i += 1) await tasks.queue('mail.fail', { customer: i })
    for (let i = 0; i < 5; i += 1) {
      await tasks.queue('mail.send', { to: 'later' }, { callback: false, delay: '1h', id: `later-${String(i)}` })
    }
    await observe(api)
    await tasks.pause('mail')
    await tasks.queue('mail.send', { to: 'bob' }, { callback: false, id: 'waits' })
  },
  { title: 'Spec queues', environment: 'production' },
)
const { open, openAt } = seen
afterAll(async () => {
  await rm(directory, { recursive: true })
})

/** What a worker tells, now and not in some seconds: runs of one job of 10 and of 100 ms, half of which fail. */
async function observe({ broker }: Api): Promise<void> {
  const counts = { ...noCounts(), succeeded: 10, failed: 10, runSum: 1_100 }
  counts.run[latencyBucket(10)] = 10
  counts.run[latencyBucket(100)] = 10
  counts.wait[latencyBucket(2_000)] = 20
  const jobs = new Map([['mail.fail', counts]])
  await broker.operations()?.observe('mail', { worker: 'spec', seq: 1, jobs, ended: ['sent'], isComplete: true })
}

/** Each page, and a text that it shows when it is loaded. */
const PAGES: readonly (readonly [path: string, text: string])[] = [
  ['#/', 'Oldest ready'],
  ['#/queues/mail', 'Next due'],
  ['#/queues/mail?state=failed', 'no address of customer'],
  ['#/tasks', 'One line finds them'],
  ['#/tasks?q=job%3Amail.*', 'waits'],
  ['#/tasks/waits', 'Timeline'],
  ['#/tasks/odd', 'Result'],
  ['#/problems', 'no address of customer'],
  ['#/jobs', 'mail.fail'],
  ['#/jobs/mail.fail', 'The last hour, by queue'],
  ['#/queues/mail?state=recent', 'Ended tasks'],
  ['#/workers', 'alive'],
  ['#/schedules', 'hourly'],
  ['#/audit', 'Audit log'],
  ['#/doctor', 'Check again'],
  ['#/nosuch', 'No such page'],
  ['#/queues/nosuch', 'No such queue is known'],
  ['#/jobs/nosuch', 'No such job is known'],
]
const LOOKS = [
  ['light', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
  ['dark', { colorScheme: 'dark', viewport: { width: 1280, height: 800 } }],
  ['a phone', { colorScheme: 'light', viewport: { width: 390, height: 800 } }],
] as const

describe.each(LOOKS)('in %s', (name, look) => {
  it.each(PAGES)('%s is whole, accessible and without a complaint', async (path, text) => {
    const { page, complaints } = await open(path, look)
    await page.getByText(text).first().waitFor()
    await expectNoSideScroll(page)
    expect(await violationsOf(page)).toEqual([])
    expect(complaints).toEqual([])
    if (SCREENSHOTS !== undefined) {
      await page.screenshot({ path: join(SCREENSHOTS, `${path.replace(/\W+/g, '-').slice(1)} ${name}.png`) })
    }
  })
})

describe('the dashboard in a browser', () => {
  it('finds, plans, confirms and shows what was done, by the keyboard alone', async () => {
    const { page, complaints } = await open('#/')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.keyboard.press('/')
    await page.locator('#filter:focus').waitFor()
    await page.keyboard.type('job:mail.fail args.customer:7')
    await page.keyboard.press('Enter')
    await page.getByText('1 found').waitFor()
    const retry = page.getByRole('button', { name: 'Retry …' })
    await retry.focus()
    await page.keyboard.press('Enter')
    const confirm = page.getByRole('button', { name: 'Retry 1 task' })
    await confirm.waitFor()
    await page.getByLabel('Reason').fill('the address is known now')
    await page.keyboard.press('Enter')
    await page.getByText('1 done').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.keyboard.press('a')
    await page.getByText('the address is known now').waitFor()
    expect(complaints).toEqual([])
  })

  it('draws charts of all queues, which can be read as tables', async () => {
    const { page, complaints } = await open('#/')
    const charts = page.getByRole('region', { name: 'Charts of all queues' })
    await charts.locator('canvas').nth(2).waitFor()
    await charts.getByRole('button', { name: 'As table: Ended tasks' }).click()
    const table = charts.getByRole('table', { name: 'Ended tasks over time' })
    const rows = await table
      .getByRole('row')
      .filter({ has: page.getByRole('cell') })
      .all()
    // One row a minute: what was observed, and what the other cases had run, may be in different minutes.
    const cells = await Promise.all(rows.map((row) => row.getByRole('cell').allTextContents()))
    const ended = [1, 2].map((column) => cells.reduce((sum, texts) => sum + Number(texts[column]), 0))
    expect(ended.every((count) => count >= 10)).toBe(true)
    await charts.getByRole('button', { name: '30 d' }).click()
    await charts.locator('canvas').first().waitFor()
    expect(await violationsOf(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  it('shows what a job does, by queue and over time', async () => {
    const { page, complaints } = await open('#/jobs')
    await page.getByRole('link', { name: 'mail.fail' }).click()
    const row = page.getByRole('table', { name: 'The last hour, by queue' }).getByRole('row').nth(1)
    await row.waitFor()
    const text = await row.innerText()
    expect(text).toMatch(/mail/)
    expect(text).toMatch(/≤ 100 ms/)
    const charts = page.getByRole('region', { name: 'Charts of mail.fail' })
    await charts.getByRole('button', { name: 'As table: Run' }).click()
    await charts
      .getByRole('table', { name: 'Run over time' })
      .getByText(/^≤ 100 ms$/)
      .first()
      .waitFor()
    expect(complaints).toEqual([])
  })

  it('queues one task of a job, and shows what is wrong beside the argument', async () => {
    const { page, complaints } = await open(`#/jobs/${encodeURIComponent(ODD_JOB)}`)
    await page.getByRole('button', { name: 'Queue one …' }).click()
    const value = page.getByLabel(/^value/)
    await value.fill('[1')
    await page.getByRole('button', { name: 'Queue one', exact: true }).click()
    await page.getByText('expected value to be JSON').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await value.fill('')
    await page.getByLabel('Reason').fill('to see it run')
    await page.keyboard.press('Enter')
    await page.getByText('expected argument value to be given').waitFor()
    expect(await value.getAttribute('aria-invalid')).toBe('true')
    await value.fill('{"queued": "by hand"}')
    await page.getByRole('button', { name: 'Queue one', exact: true }).click()
    await page.getByRole('heading', { name: 'Timeline' }).waitFor()
    await page.getByText('by hand').first().waitFor()
    await page.goto(`${seen.site.url}/#/audit`)
    await page.getByText('to see it run').waitFor()
    // The refusal, and nothing else.
    expect(complaints.filter((each) => !each.includes('400'))).toEqual([])
  })

  it('has no form where it is read-only', async () => {
    const other = await served(seen.app.dashboard({ readOnly: true }))
    const { page, complaints, close } = await openPage(seen.browser, `${other.url}/#/jobs/mail.send`)
    await page.getByRole('link', { name: 'Its tasks' }).waitFor()
    await page.getByRole('heading', { name: 'mail.send' }).waitFor()
    await page.getByText('runs as').waitFor()
    expect(await page.getByRole('button', { name: 'Queue one …' }).count()).toBe(0)
    expect(complaints).toEqual([])
    await close()
    await other.close()
  })

  it('lists what has ended of late', async () => {
    const { page, complaints } = await open('#/queues/mail')
    await page.getByRole('tab', { name: 'Recent' }).click()
    await page.getByRole('link', { name: 'sent' }).first().waitFor()
    expect(complaints).toEqual([])
  })

  it('shows payloads as they are', async () => {
    const { page, complaints } = await open('#/tasks/odd')
    await page.getByText(ODD).first().waitFor()
    expect(await page.locator('main img').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  it('pauses a queue with a reason, and resumes it', async () => {
    const { page, complaints } = await open('#/queues/odd')
    await page.getByRole('button', { name: 'Pause' }).click()
    expect(await violationsOf(page)).toEqual([])
    await page.getByLabel('Reason').fill('the partner is away')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await page.goto(`${seen.site.url}/#/audit`)
    await page.getByText('the partner is away').waitFor()
    expect(complaints).toEqual([])
  })

  it('pauses a schedule with a reason, and resumes it', async () => {
    const { page, complaints } = await open('#/schedules')
    await page.getByRole('button', { name: 'Pause …' }).click()
    expect(await violationsOf(page)).toEqual([])
    await page.getByLabel('Reason').fill('the exchange is closed')
    await page.keyboard.press('Enter')
    await page.getByText('hourly is paused.').waitFor()
    await page.getByText('by local: the exchange is closed').waitFor()
    expect(await violationsOf(page)).toEqual([])
    expect(await seen.api.control.schedules()).toMatchObject([
      { job: 'hourly', paused: { by: 'local', reason: 'the exchange is closed' } },
    ])
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Pause …' }).waitFor()
    expect(await seen.api.control.schedules()).toMatchObject([{ job: 'hourly', paused: null }])
    expect(await seen.api.control.audit({ limit: 2 })).toMatchObject([
      { act: 'resume-schedule' },
      { act: 'pause-schedule' },
    ])
    expect(complaints).toEqual([])
  })

  it('gives a worker another number of slots', async () => {
    const { page, complaints } = await open('#/workers')
    const [worker] = await seen.api.control.workers()
    const name = worker?.name ?? ''
    await page.getByRole('button', { name: 'Slots …' }).click()
    expect(await violationsOf(page)).toEqual([])
    await page.getByLabel('Tasks at once').fill('0')
    await page.getByRole('button', { name: 'Set', exact: true }).click()
    // The browser says which numbers there are, and sends nothing.
    await page.getByLabel('Tasks at once').fill('7')
    await page.getByLabel('Reason').fill('a larger host')
    await page.keyboard.press('Enter')
    await page.getByText(`${name} runs 7 at once.`).waitFor()
    await page.getByRole('cell', { name: '7', exact: true }).waitFor()
    expect(await seen.api.control.audit({ limit: 1 })).toMatchObject([
      { act: 'worker-concurrency', target: `worker:${name} 7`, from: 'dashboard', reason: 'a larger host' },
    ])
    expect(complaints).toEqual([])
  })

  it('acts on the chosen tasks alone, whatever they and their queue are called', async () => {
    const queue = 'mail,odd* "x"'
    const later = async (id: string, where: string) =>
      await seen.api.tasks.queue('mail.send', { to: 'eve' }, { callback: false, delay: '1h', queue: where, id }).wait()
    for (const id of ['a*', 'ab', 'a,b', 'b']) await later(id, queue)
    for (const id of ['a*', 'b', 'ac']) await later(id, 'odd')
    const delayedIn = async (name: string): Promise<string[]> =>
      (await seen.api.control.list({ queue: name, state: 'delayed' })).tasks.map(({ id }) => id).sort()
    const { page, complaints } = await open(`#/queues/${encodeURIComponent(queue)}?state=delayed`)
    const revoke = async (count: string): Promise<void> => {
      await page.getByRole('button', { name: 'Revoke …' }).click()
      await page.getByRole('button', { name: `Revoke ${count}`, exact: true }).click()
      await page.getByText('done', { exact: false }).first().waitFor()
      await page.getByRole('button', { name: 'Close' }).click()
    }
    await page.getByLabel('choose a*', { exact: true }).check()
    await revoke('1 task')
    expect(await delayedIn(queue)).toEqual(['a,b', 'ab', 'b'])
    await page.goto(`${seen.site.url}/#/tasks/${encodeURIComponent('a,b')}`)
    await page.getByRole('heading', { name: 'mail.send a,b' }).waitFor()
    await revoke('1 task')
    await page.goto(`${seen.site.url}/#/tasks?q=${encodeURIComponent('id:b')}`)
    await page.getByText('2 found').waitFor()
    await page.goto(`${seen.site.url}/#/queues/${encodeURIComponent(queue)}?state=delayed`)
    await page.getByLabel('choose ab', { exact: true }).waitFor()
    await revoke('2 tasks')
    expect(await delayedIn(queue)).toEqual([])
    expect(await delayedIn('odd')).toEqual(['a*', 'ac', 'b'])
    expect(complaints).toEqual([])
    await seen.api.control.revoke(await seen.api.control.plan('revoke', 'queue:odd state:delayed'))
  })

  it('drops tasks, and says in which file they are', async () => {
    await seen.api.tasks.queue(
      'mail.send',
      { to: 'eve' },
      { callback: false, delay: '1h', id: 'dropped', tags: ['drop'] },
    )
    const { page, complaints } = await open('#/tasks?q=tag%3Adrop')
    await page.getByRole('link', { name: 'dropped' }).waitFor()
    await page.getByRole('button', { name: 'Drop …' }).click()
    await page.getByText('The server writes them to a file first').waitFor()
    await page.getByRole('button', { name: 'Drop 1 task' }).click()
    const path = await page.getByText('The server has written them to').locator('code').textContent()
    expect(await readFile(path ?? '', 'utf8')).toContain('"id":"dropped"')
    expect(await seen.api.control.show('dropped')).toBeNull()
    expect(complaints).toEqual([])
  })

  it('follows what a task logs, while it runs', async () => {
    await seen.api.tasks.queue('talk', {}, { callback: false, queue: 'odd', id: 'talks' })
    const say = await talking
    const { page, complaints } = await open('#/tasks/talks')
    await page.getByRole('button', { name: 'Follow its log' }).click()
    await page.getByText('info said before').waitFor()
    say('said <b>later</b>')
    await page.getByText('info said <b>later</b>').waitFor()
    say(null)
    await page.getByText('success after').waitFor()
    await page.getByText('The task has ended').waitFor()
    await page.getByText('info said <b>later</b>').waitFor()
    expect(complaints).toEqual([])
  })

  it('says that there is no such task, accessibly', async () => {
    const { page } = await open('#/tasks/nosuch')
    await page.getByRole('alert').getByText('nosuch is not in').waitFor()
    await expectNoSideScroll(page)
    expect(await violationsOf(page)).toEqual([])
  })

  it('says why a task waits', async () => {
    const { page } = await open('#/tasks/waits')
    await page.getByText('PAUSED').waitFor()
  })

  it('keeps the focus over updates', async () => {
    const { page } = await open('#/queues/mail?state=delayed')
    const box = page.getByLabel('choose later-3')
    await box.check()
    await box.focus()
    for (let look = 0; look < 10; look += 1)
      await page.waitForResponse((response) => response.url().includes('/tasks?'))
    expect(await box.isChecked()).toBe(true)
    expect(await page.evaluate<string>('document.activeElement.getAttribute("aria-label")')).toBe('choose later-3')
  })

  it('asks visitors to log in, and lets them in', async () => {
    const token = 'a token of the operators'
    const locked = await served(seen.app.dashboard({ auth: { token } }))
    const watched = await openAt(locked.url)
    const { page } = watched
    await page.getByLabel('Password or token').fill('another')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Password or token').fill(token)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await locked.close()
  })

  it('asks again when the login has ended, on whatever page', async () => {
    const first = await served(seen.app.dashboard({ auth: { token: 'a token of the operators' } }))
    const { page, close } = await openPage(seen.browser, first.url)
    const logIn = async (token: string): Promise<void> => {
      await page.getByLabel('Password or token').fill(token)
      await page.keyboard.press('Enter')
      await page.getByText('live', { exact: true }).waitFor()
    }
    await logIn('a token of the operators')
    await first.close()
    const second = await served(seen.app.dashboard({ auth: { token: 'another token of theirs' } }), first.port)
    await logIn('another token of theirs')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await close()
    await second.close()
  })

  it('works below a prefix that a proxy takes away, without and with a slash at the end', async () => {
    const dashboard = seen.app.dashboard()
    const stripping = await served(async (request) => {
      const url = new URL(request.url)
      return await dashboard(new Request(new URL(url.pathname.replace(/^\/a\/b/, '') + url.search, url), request))
    })
    for (const path of ['a/b', 'a/b/', 'a/b#/workers']) {
      const watched = await openAt(`${stripping.url}/${path}`)
      await watched.page.getByRole('link', { name: 'Workers' }).first().waitFor()
      await watched.page.getByText('live', { exact: true }).waitFor()
      expect(watched.complaints).toEqual([])
    }
    await stripping.close()
  })

  it('says that the server is away, and goes on by itself when it is back', async () => {
    const first = await served(seen.app.dashboard())
    const watched = await openAt(first.url)
    await watched.page.getByText('live', { exact: true }).waitFor()
    await first.close()
    await watched.page.getByText('does not answer').waitFor()
    const second = await served(seen.app.dashboard(), first.port)
    await watched.page.getByText('live', { exact: true }).waitFor()
    await second.close()
  })
})

describe('the page, while its store is away,', () => {
  it('says so, and goes on by itself when the store is there', async () => {
    const redis = await startRedisServer()
    await redis.kill()
    const dataStore = `${redis.url}?connectTimeout=1s`
    const late = new PulsarQueue({ dataStore, workers: 0, logLevel: 'silent', parseConsole: false })
    const lateSite = await served(late.dashboard())
    const { page, close } = await openPage(seen.browser, `${lateSite.url}/`)
    try {
      await page.getByRole('heading', { name: 'Nothing can be shown yet' }).waitFor()
      await page.getByRole('alert').getByText(`cannot reach ${redis.url}`).waitFor()
      await redis.restart()
      await page.getByRole('heading', { name: 'Overview' }).waitFor()
    } finally {
      await close()
      await late.close()
      await lateSite.close()
      await redis.stop()
    }
  })
})
