import { EventEmitter, once } from 'node:events'
import { defineJob } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { until } from '../support/until.js'
import { useDashboard, violationsOf } from './browser.js'

const longRun = new EventEmitter()

defineJob({ name: 'mail.send', defaultQueue: 'mail' }, async (customer: number, isSlow = false) => {
  if (isSlow) await once(longRun, 'end')
  if (customer < 0) throw new Error('there is no such customer')
  return customer
})
defineJob({ name: 'mail.sort', defaultQueue: 'mail' }, () => 'sorted')

const { open } = useDashboard(
  { dataStore: 'embedded::memory:dashboard-contents', taskQueues: ['mail'] },
  async ({ tasks, control }) => {
    const slow = tasks.queue('mail.send', { customer: 1, isSlow: true }, { id: 'the-slow-one' })
    for (const id of ['quick-1', 'quick-2']) await tasks.queue('mail.send', { customer: 1 }, { id }).wait()
    await tasks.queue('mail.sort', {}, {}).wait()
    await tasks.queue('mail.send', { customer: -1 }, { id: 'failed-1' }).wait()
    longRun.emit('end')
    await slow.wait()
    await until('both jobs are told of', async () =>
      (await control.jobs({ queue: 'mail' })).length === 2 ? true : undefined,
    )
    const recent = { queue: 'mail', state: 'recent' } as const
    await until('all ends are told of', async () =>
      (await control.list(recent)).tasks.length === 5 ? true : undefined,
    )
  },
)

describe('the pages of the dashboard', () => {
  it('tell on the overview how many problems are open', async () => {
    const { page, complaints } = await open('#/')
    await page.getByRole('link', { name: '1', exact: true }).and(page.locator('a[href="#/problems"]')).waitFor()
    expect(complaints).toEqual([])
  })

  it('show the jobs of a queue', async () => {
    const { page, complaints } = await open('#/queues/mail')
    const jobs = page.getByRole('table', { name: 'Its jobs' })
    await jobs.getByRole('link', { name: 'mail.send' }).waitFor()
    await jobs.getByRole('link', { name: 'mail.sort' }).waitFor()
    expect(await violationsOf(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  it('show the arguments of a job with their types, and its slowest tasks first', async () => {
    const { page, complaints } = await open('#/jobs/mail.send')
    const slowest = page.getByRole('table', { name: 'Slowest tasks' })
    await slowest.getByRole('link', { name: 'the-slow-one' }).waitFor()
    expect(await slowest.getByRole('row').nth(1).innerText()).toContain('the-slow-one')
    expect(await slowest.getByRole('row').count()).toBe(1 + 4)
    await page.getByText(/^mail\.send\(customer(: number)?, isSlow\?(: boolean)?\)/).waitFor()
    expect(await violationsOf(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  it('show the stack of a sample of a problem', async () => {
    const { page, complaints } = await open('#/problems')
    await page.getByRole('button', { name: 'Stack' }).click()
    await page.getByText(/Error: there is no such customer\s+at /).waitFor()
    expect(await violationsOf(page)).toEqual([])
    expect(complaints).toEqual([])
  })
})
