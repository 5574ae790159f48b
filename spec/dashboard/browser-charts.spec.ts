import { defineJob } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { useDashboard, violationsOf } from './browser.js'

defineJob({ name: 'mail.fail', defaultQueue: 'mail' }, (customer: number) => {
  throw new Error(`no address of customer ${String(customer)}`)
})

const seen = useDashboard(
  { appVersion: '7.7.7', dataStore: 'embedded::memory:dashboard-browser-charts', taskQueues: ['mail'] },
  async ({ tasks }) => {
    for (let i = 0; i < 3; i += 1) await tasks.queue('mail.fail', { customer: i })
  },
)
const { open } = seen

describe('the charts of the dashboard in a browser', () => {
  it('zooms the charts by a drag, and lists the tasks of that time', async () => {
    const { page, complaints } = await open('#/queues/mail?state=failed')
    const charts = page.getByRole('region', { name: 'Charts of mail' })
    const over = charts.locator('.u-over').first()
    await over.waitFor()
    await over.scrollIntoViewIfNeeded()
    const { x, y, width, height } = (await over.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
    await page.mouse.move(x + width / 2, y + height / 2)
    await page.mouse.down()
    await page.mouse.move(x + width - 1, y + height / 2, { steps: 5 })
    await page.mouse.up()
    const reset = charts.getByRole('button', { name: 'Reset zoom' })
    await reset.waitFor()
    expect(page.url()).toMatch(/[?&]from=\d+&to=\d+/)
    await page.getByText('Tasks of the time that the charts show').waitFor()
    await page.getByRole('table', { name: 'Tasks that match' }).getByText('mail.fail').first().waitFor()
    await charts.locator('canvas').first().waitFor()
    // What a failed task cannot do is not offered.
    expect(await page.getByRole('button', { name: 'Run now …' }).count()).toBe(0)
    expect(await violationsOf(page)).toEqual([])
    await reset.click()
    await page.getByRole('table', { name: 'Tasks of mail: failed' }).waitFor()
    expect(page.url()).not.toContain('from=')
    expect(complaints).toEqual([])
  })

  it('says and draws since when there are workers of a version', async () => {
    const { page, complaints } = await open('#/')
    const charts = page.getByRole('region', { name: 'Charts of all queues' })
    await charts.getByText('starts of versions').getByText('7.7.7').waitFor()
    await charts.locator('canvas').first().waitFor()
    expect(complaints).toEqual([])
  })

  it('draws an interval between two gaps as a dot', async () => {
    const { page } = await open('#/queues/mail')
    const chart = page.getByRole('region', { name: 'Charts of mail' }).locator('figure').first()
    await chart.locator('canvas').waitFor()
    // All three tasks have failed within one interval.
    const drawn = `{
      const figure = document.querySelector('.chart')
      const { backgroundColor } = getComputedStyle(figure.querySelector('.swatch.colour--bad'))
      const colour = backgroundColor.match(/\\d+/g).map(Number)
      const canvas = figure.querySelector('canvas')
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      let many = 0
      for (let at = 0; at < data.length; at += 4) if (colour.every((part, i) => Math.abs(data[at + i] - part) < 8)) many += 1
      many
    }`
    await expect.poll(async () => await page.evaluate<number>(drawn), { timeout: 20_000 }).toBeGreaterThan(8)
  })

  it('zooms the charts by the keyboard alone', async () => {
    const { page, complaints } = await open('#/jobs/mail.fail', { timezoneId: 'America/New_York' })
    const charts = page.getByRole('region', { name: 'Charts of mail.fail' })
    await charts.getByText('Zoom to a time').focus()
    await page.keyboard.press('Enter')
    await charts.getByRole('textbox', { name: 'From' }).fill('2026-01-02T10:00')
    await charts.getByRole('textbox', { name: 'To' }).fill('2026-01-02T09:00')
    await page.keyboard.press('Enter')
    await charts.getByText('The first time has to be before the second').waitFor()
    await charts.getByRole('textbox', { name: 'To' }).fill('2026-01-02T11:00')
    await page.keyboard.press('Enter')
    await charts.getByText('2026-01-02 10:00:00.000 to 2026-01-02 11:00:00.000').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await charts.getByRole('link', { name: 'Tasks of this time' }).click()
    await page.getByText('No task matches').waitFor()
    expect(await page.locator('#filter').inputValue()).toBe(
      'job:mail.fail since:2026-01-02T15:00:00.000Z until:2026-01-02T15:59:59.999Z',
    )
    expect(complaints).toEqual([])
  })

  it('says what has failed since this browser looked at the problems last', async () => {
    const { page, complaints } = await open('#/problems')
    const table = page.getByRole('table', { name: 'Problems' })
    await table.getByTitle('This browser looks for the first time').first().waitFor()
    await page.goto(`${seen.site.url}/#/audit`)
    await page.getByRole('heading', { name: 'Audit log' }).waitFor()
    // An hour goes by, in which one run has failed.
    await page.evaluate(`{
      const name = Object.keys(localStorage).find((key) => key.startsWith('pulsar-queue.problems'))
      const look = JSON.parse(localStorage.getItem(name))
      look.at -= 3_600_000
      for (const key of Object.keys(look.counts)) look.counts[key] -= 1
      localStorage.setItem(name, JSON.stringify(look))
    }`)
    await page.goto(`${seen.site.url}/#/problems`)
    await table.getByText('1 more').first().waitFor()
    expect(complaints).toEqual([])
  })

  it('says how long a queue needs until nothing waits in it, and sorts by it', async () => {
    const { page, complaints } = await open('#/')
    const table = page.getByRole('table', { name: 'Queues' })
    const header = table.getByRole('columnheader', { name: 'Time to drain' })
    await header.getByRole('button').click()
    expect(await header.getAttribute('aria-sort')).toBe('descending')
    await table
      .getByTitle(/No task waits|No rate is known yet|divided by the rate out/)
      .first()
      .waitFor()
    await page.goto(`${seen.site.url}/#/queues/mail`)
    await page.getByText('Time to drain').waitFor()
    expect(complaints).toEqual([])
  })
})
