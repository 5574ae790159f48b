import type { DashboardVisitor } from 'pulsar-queue'
import { defineJob } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { useDashboard, violationsOf } from './browser.js'

defineJob({ name: 'mail.fail', defaultQueue: 'mail' }, (customer: number) => {
  throw new Error(`no address of customer ${String(customer)}`)
})

/** Who looks, as the application says. Null: nobody. */
let visitor: DashboardVisitor | null = null

const { open } = useDashboard(
  { dataStore: 'embedded::memory:dashboard-offered', taskQueues: ['mail'] },
  async ({ tasks, control }) => {
    for (const id of ['first', 'second']) await tasks.queue('mail.fail', { customer: 1 }, { id }).wait()
    await control.retry(await control.plan('retry', 'first'))
    await tasks.queue('mail.fail', { customer: 1 }, { callback: false, delay: '1h', id: 'later' }).wait()
    await control.pause('letters', { by: 'eve', reason: 'the gateway is down' })
    await control.pause('secrets', { by: 'eve' })
  },
  { auth: { authorize: () => visitor } },
)
const ADMIN: DashboardVisitor = { user: 'ada', can: 'admin' }

describe('what the dashboard offers', () => {
  it('is what changes the tasks that were found', async () => {
    visitor = ADMIN
    const { page, complaints } = await open('#/tasks?q=state%3Afailed')
    await page.getByText(/^\d+ found$/).waitFor()
    await page.getByRole('button', { name: 'Retry …' }).waitFor()
    expect(await page.getByRole('button', { name: 'Run now …' }).count()).toBe(0)
    await page
      .getByRole('textbox', { name: 'Filter' })
      .or(page.getByRole('combobox', { name: 'Filter' }))
      .fill('later')
    await page.keyboard.press('Enter')
    await page.getByText('1 found').waitFor()
    await page.getByRole('button', { name: 'Run now …' }).waitFor()
    expect(await page.getByRole('button', { name: 'Retry …' }).count()).toBe(0)
    expect(complaints).toEqual([])
  })

  it('is no second retry of a task', async () => {
    visitor = ADMIN
    const { page } = await open('#/tasks/first')
    await page.getByText('Retried as', { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: /retry/i }).count()).toBe(0)
    await page.goto(page.url().replace('first', 'second'))
    await page.getByRole('button', { name: 'Edit and retry …' }).waitFor()
  })

  it('is no chart of a job that is not known', async () => {
    visitor = ADMIN
    const { page } = await open('#/jobs/nope')
    await page.getByText('No such job is known').waitFor()
    expect(await page.getByRole('region', { name: /^Charts/ }).count()).toBe(0)
  })
})

describe('a dialog that was opened by the mouse', () => {
  it.each([
    ['#/tasks/second', 'Drop …'],
    ['#/tasks?q=state%3Afailed', 'Retry …'],
    ['#/queues/mail?state=failed', 'Retry …'],
    ['#/queues/mail', 'Pause'],
    ['#/jobs/mail.fail', 'Queue one …'],
    ['#/workers', 'Slots …'],
    ['#/', 'Keys'],
  ])('gives the focus back to its button: %s, %s', async (path, name) => {
    visitor = ADMIN
    const { page } = await open(path)
    const button = page.getByRole('button', { name, exact: true }).first()
    await button.click()
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect
      .poll(async () => await page.evaluate('document.activeElement.innerText'))
      .toBe(await button.innerText())
  })
})

describe('a worker that is told to be quiet', () => {
  it('is shown so at once, with a word that it was told', async () => {
    visitor = ADMIN
    const { page } = await open('#/workers')
    for (const [order, other, says] of [
      ['Quiet', 'Claim again', 'claims no more tasks'],
      ['Claim again', 'Quiet', 'claims tasks again'],
    ] as const) {
      await page.getByRole('button', { name: order, exact: true }).click()
      await page.getByRole('status').getByText(says).waitFor()
      // Nothing has come from the server since.
      expect(await page.getByRole('button', { name: order, exact: true }).count()).toBe(0)
      expect(await page.getByRole('button', { name: other, exact: true }).count()).toBe(1)
      expect(await page.getByRole('cell', { name: order === 'Quiet' ? 'quiet' : 'alive' }).count()).toBe(1)
    }
  })
})

describe('a paused queue', () => {
  it('says who has paused it, when and why', async () => {
    visitor = ADMIN
    const { page, complaints } = await open('#/queues/letters')
    await page.getByText(/^Paused .* ago by eve: the gateway is down$/).waitFor()
    expect(await violationsOf(page)).toEqual([])
    expect(complaints).toEqual([])
  })
})

describe('a visitor of some queues', () => {
  it('sees the acts on these, and is told that others are hidden', async () => {
    visitor = { user: 'bob', can: 'operator', queues: ['letter*'] }
    const { page } = await open('#/audit')
    await page.getByRole('cell', { name: 'queue:letters' }).waitFor()
    await page.getByText('are hidden from you').waitFor()
    expect(await page.getByText('secrets').count()).toBe(0)
    visitor = { user: 'bob', can: 'operator', queues: ['others'] }
    await page.reload()
    await page.getByText('No act is shown.').waitFor()
    expect(await page.getByText('Nobody has acted yet').count()).toBe(0)
  })
})

describe('a visitor whom the application lets not in', () => {
  it('is told so, and is asked for no password', async () => {
    visitor = null
    const { page } = await open('#/')
    await page.getByRole('heading', { name: 'You are not let in' }).waitFor()
    await page.getByText('the application lets you not in here').waitFor()
    expect(await page.locator('input').count()).toBe(0)
    expect(await violationsOf(page)).toEqual([])
    visitor = ADMIN
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
  })
})
