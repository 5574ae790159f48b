import type { Page } from 'playwright-core'
import { defineJob } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { useDashboard, violationsOf } from './browser.js'

const ODD_JOB = 'odd/job%20#1'

defineJob({ name: 'mail.send', defaultQueue: 'mail' }, (to: string) => `sent to ${to}`)
defineJob({ name: 'mail.fail', defaultQueue: 'mail' }, (customer: number) => {
  throw new Error(`no address of customer ${String(customer)}`)
})
defineJob({ name: ODD_JOB, defaultQueue: 'mail' }, (value: unknown) => value)

const seen = useDashboard(
  { dataStore: 'embedded::memory:dashboard-lists', taskQueues: ['mail'] },
  async ({ tasks }) => {
    for (const customer of [0, 1, 2]) await tasks.queue('mail.fail', { customer })
    const value = { text: 'odd', list: [1] }
    await tasks.queue(ODD_JOB, { value }, { callback: false, delay: '1h', id: 'odd' }).wait()
  },
)
const { open } = seen

/** Ids of the tasks of the list on screen. */
async function rowsOf(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>("[...document.querySelectorAll('tr[data-key]')].map((row) => row.dataset.key)")
}

async function focusedRow(page: Page): Promise<string | null> {
  return await page.evaluate<string | null>('document.activeElement.dataset.key ?? null')
}

describe('the lists of the dashboard', () => {
  it('moves through a list, chooses, retries and opens by single keys', async () => {
    const { page, complaints } = await open('#/queues/mail?state=failed')
    await page.getByText('no address of customer').first().waitFor()
    const ids = await rowsOf(page)
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key)
    }
    await press('j')
    expect(await focusedRow(page)).toBe(ids[0])
    await press('j', 'j', 'k')
    expect(await focusedRow(page)).toBe(ids[1])
    // Nothing is chosen, so nothing is retried.
    await press('r', 'x', 'Control+x', 'k', 'x')
    await page.getByText('2 chosen:').waitFor()
    await press('x', 'r')
    await page.getByRole('button', { name: 'Retry 1 task' }).waitFor()
    await press('g', 't', 'Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await focusedRow(page)).toBe(ids[0])
    await press('Enter')
    await page.getByRole('heading', { name: `mail.fail ${String(ids[0])}` }).waitFor()
    await press('r')
    await page.getByRole('button', { name: 'Retry 1 task' }).waitFor()
    await press('Escape', 'g', 'q')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    expect(complaints).toEqual([])
  })

  it('names its keys, and lets nobody use them who does not want to', async () => {
    const { page, complaints } = await open('#/')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog', { name: 'Keys' })
    await dialog.getByText('Schedules').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await dialog.getByLabel('These keys act').uncheck()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    for (const key of ['?', 'g', 't']) await page.keyboard.press(key)
    await page.reload()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.keyboard.press('?')
    expect(await dialog.count()).toBe(0)
    await page.getByRole('button', { name: 'Keys' }).click()
    await dialog.getByLabel('These keys act').check()
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.getByRole('heading', { name: 'Tasks' }).waitFor()
    expect(complaints).toEqual([])
  })

  it('holds the rows of a list still while tasks come and go', async () => {
    const later = async (id: string, delay: '30m' | '1h') =>
      await seen.api.tasks.queue('mail.send', { to: 'eve' }, { callback: false, queue: 'news', delay, id }).wait()
    const revoke = async (ids: string) =>
      await seen.api.control.revoke(await seen.api.control.plan('revoke', `queue:news state:delayed id:${ids}`))
    for (const id of ['n1', 'n2', 'n3', 'n4']) await later(id, '1h')
    const { page, complaints } = await open('#/queues/news?state=delayed')
    await page.getByRole('link', { name: 'n4' }).waitFor()
    for (const id of ['new1', 'new2']) await later(id, '30m')
    const button = page.getByRole('button', { name: '2 new' })
    await button.waitFor()
    await page.getByRole('status').getByText('There are new tasks').waitFor()
    expect(await rowsOf(page)).toEqual(['n1', 'n2', 'n3', 'n4'])
    expect(await violationsOf(page)).toEqual([])
    // What has the focus stays, and what the mouse is over.
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await revoke('n1,n2')
    await page.getByRole('link', { name: 'n1' }).waitFor({ state: 'detached' })
    await page.getByText('no longer here').waitFor()
    expect(await rowsOf(page)).toEqual(['n2', 'n3', 'n4'])
    expect(await focusedRow(page)).toBe('n2')
    await page.getByRole('row', { name: 'n3' }).hover()
    await revoke('n3')
    await page.getByText('no longer here').nth(1).waitFor()
    expect(await rowsOf(page)).toEqual(['n2', 'n3', 'n4'])
    await button.click()
    await page.getByRole('link', { name: 'new1' }).waitFor()
    expect(await rowsOf(page)).toEqual(['new1', 'new2', 'n4'])
    await page.locator('tr[data-key="new1"]:focus').waitFor()
    expect(complaints).toEqual([])
  })

  it('completes a filter', async () => {
    const { page, complaints } = await open('#/tasks?q=id%3Aodd')
    await page.getByText('1 found').waitFor()
    await page.keyboard.press('/')
    const box = page.getByRole('combobox', { name: 'Filter' })
    await box.fill('')
    const options = page.getByRole('option')
    await page.keyboard.type('jo')
    await options.getByText('job:').waitFor()
    expect(await box.getAttribute('aria-expanded')).toBe('true')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.keyboard.type('odd')
    await options.getByText(ODD_JOB).waitFor()
    await page.keyboard.press('ArrowDown')
    expect(await page.locator(`#${String(await box.getAttribute('aria-activedescendant'))}`).innerText()).toMatch(
      ODD_JOB,
    )
    expect(await violationsOf(page)).toEqual([])
    await page.keyboard.press('Tab')
    expect(await box.inputValue()).toBe(`job:${ODD_JOB}`)
    expect(await box.getAttribute('aria-expanded')).toBe('false')
    await page.keyboard.type(' args.')
    await options.getByText('args.value.text:').click()
    await page.keyboard.type('odd -st')
    await options.getByText('state:').waitFor()
    await page.keyboard.press('Escape')
    expect(await options.count()).toBe(0)
    for (const _ of ' -st') await page.keyboard.press('Backspace')
    await page.keyboard.press('Enter')
    await page.waitForURL(/args\.value\.text/)
    await page.getByRole('link', { name: 'odd', exact: true }).first().waitFor()
    expect(await box.inputValue()).toBe(`job:${ODD_JOB} args.value.text:odd`)
    expect(complaints).toEqual([])
  })
})
