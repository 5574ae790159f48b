import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { defineJob } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { useDashboard, violationsOf } from './browser.js'

const ODD_JOB = 'odd/job%20#1'
const LONG = 'y'.repeat(4_200_000)

defineJob({ name: 'mail.send', defaultQueue: 'mail' }, (to: string, copy = '') => `sent to ${to} ${copy}`)
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
    const long = { text: LONG, exact: 9007199254740993n }
    await tasks.queue(ODD_JOB, { value: long }, { callback: false, delay: '1h', id: 'long' }).wait()
  },
)
const { open } = seen

/** Ids of the tasks of the list on screen. */
async function rowsOf(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>("[...document.querySelectorAll('tr[data-key]')].map((row) => row.dataset.key)")
}

/** What has the focus, in its words. */
async function focused(page: Page): Promise<string> {
  return await page.evaluate<string>('document.activeElement === document.body ? "" : document.activeElement.innerText')
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
    await page.keyboard.press('x')
    await page.getByText('1 chosen:').waitFor()
    await revoke('n1,n2')
    // Not all are meant by then.
    await page.getByText('0 chosen:').waitFor()
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
    await box.fill('args.')
    const options = page.getByRole('option')
    // One that may be left out is shown with a question mark elsewhere.
    await options.getByText('args.copy:').waitFor()
    await box.fill('')
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
    await options.getByText('args.value.text:').waitFor()
    // The job that the filter names takes no other.
    expect(await options.allInnerTexts()).not.toContain('args.copy:')
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

  it('retries the tasks of the problem that has the focus, and of no other', async () => {
    const { page, complaints } = await open('#/problems')
    await page.getByText('no address of customer').first().waitFor()
    await page.keyboard.press('r')
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.keyboard.press('j')
    await page.keyboard.press('r')
    await page.getByRole('dialog', { name: /^Retry: queue:mail problem:/ }).waitFor()
    expect(complaints).toEqual([])
  })

  it('keeps the focus while an act is confirmed, is done and is closed', async () => {
    const { page, complaints } = await open('#/tasks?q=job%3Amail.fail+state%3Afailed')
    await page.getByText('3 found').waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.keyboard.press('r')
    await page.getByRole('button', { name: 'Retry 1 task' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('1 done').waitFor()
    await expect.poll(async () => await focused(page)).toBe('Close')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(async () => await focused(page)).not.toBe('')
    expect(complaints).toEqual([])
  })

  it('goes to the argument that is wrong', async () => {
    const { page } = await open('#/jobs/mail.send')
    await page.getByRole('button', { name: 'Queue one …' }).click()
    const dialog = page.getByRole('dialog', { name: 'Queue one mail.send' })
    await dialog.getByRole('button', { name: 'Queue one' }).focus()
    await page.keyboard.press('Enter')
    await dialog.getByText('expected argument to').waitFor()
    await page.locator('textarea[aria-invalid="true"]:focus, input[aria-invalid="true"]:focus').waitFor()
    expect(await violationsOf(page)).toEqual([])
  })

  it('shows the beginning of a long payload, and downloads all of it with all digits', async () => {
    const { page, complaints } = await open('#/tasks/long')
    await page.getByText('characters in all').waitFor()
    const begun = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download' }).click()
    const download = await begun
    expect(download.suggestedFilename()).toBe('long-arguments.json')
    const text = await readFile(await download.path(), 'utf8')
    expect(text).toBe(`{"value":{"text":"${LONG}","exact":"9007199254740993"}}`)
    expect(complaints).toEqual([])
  })

  it('opens the tasks of a worker, and asks before it ends one', async () => {
    const { page, complaints } = await open('#/workers')
    await page.getByRole('table', { name: 'Workers' }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(/q=worker%3A/)
    await page.getByRole('table', { name: 'Tasks that match' }).getByText('mail.fail').first().waitFor()
    // One click ends no worker.
    await page.goBack()
    await page.getByRole('button', { name: 'Stop …' }).click()
    await page.getByRole('dialog', { name: /^Stop / }).waitFor()
    expect(await violationsOf(page)).toEqual([])
    expect(complaints).toEqual([])
  })
})
