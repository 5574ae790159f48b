import { defineJob } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { useDashboard } from './browser.js'

const JOB = 'billing.invoices.send-reminder'
const QUEUE = 'billing-reminders'

defineJob({ name: JOB, defaultQueue: QUEUE }, (customer: number) => {
  throw new Error(
    `the gateway at https://payments.example.org/v2/reminders refused customer ${String(customer)}: no address`,
  )
})
defineJob(
  {
    name: 'billing.invoices.close-the-month',
    defaultQueue: QUEUE,
    cron: '30 4 1 * *',
    timeZone: 'America/Argentina/Buenos_Aires',
  },
  () => undefined,
)

const seen = useDashboard(
  {
    dataStore: 'embedded::memory:dashboard-wide',
    taskQueues: [QUEUE],
    appVersion: '2026.11.27-rc.1',
    schedulePeriodic: true,
  },
  async ({ tasks }) => {
    for (const customer of [1, 2, 3]) await tasks.queue(JOB, { customer }).wait()
  },
)

/** Pairs of cells of a row of which one lies upon the other. */
const COVERED = `[...document.querySelectorAll('tbody tr')].flatMap((row) => {
  const cells = [...row.children].map((cell) => cell.getBoundingClientRect())
  return cells.slice(1).flatMap((box, i) => (box.left < cells[i].right - 1 ? [row.children[i + 1].innerText] : []))
})`

describe('a table with buttons', () => {
  it.each(['problems', 'schedules', 'workers'])('covers none of its columns at 1280 px: %s', async (name) => {
    const { page } = await seen.open(`#/${name}`, { viewport: { width: 1280, height: 800 } })
    await page.locator('td > .buttons').first().waitFor()
    expect(await page.evaluate(COVERED)).toEqual([])
  })
})
