import { defineJob } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { expectNoSideScroll, useDashboard } from './browser.js'

const ALONE = 'Q'.repeat(60)
const QUEUE = 'W'.repeat(60)
const JOB = `reports.${'J'.repeat(100)}`
const PERIODIC = `yearly.${'P'.repeat(100)}`
const ID = 'i'.repeat(200)
const LATER = 'l'.repeat(200)

defineJob({ name: JOB, defaultQueue: QUEUE }, (of: string) => {
  throw new Error(`no report of ${of}`)
})
defineJob({ name: PERIODIC, defaultQueue: QUEUE, cron: '0 0 1 1 *' }, () => undefined)

const { open } = useDashboard(
  { dataStore: 'embedded::memory:dashboard-long-names', taskQueues: [QUEUE], schedulePeriodic: true },
  async ({ tasks, control }) => {
    await tasks.queue(JOB, { of: 'x'.repeat(300) }).wait()
    await tasks.queue(JOB, { of: 'x' }, { callback: false, queue: ALONE, id: ID, tags: ['t'.repeat(100)] }).wait()
    await tasks.queue(JOB, { of: 'x' }, { callback: false, delay: '1h', id: LATER }).wait()
    await control.pause(QUEUE, { by: 'u'.repeat(100), reason: 'r'.repeat(200) })
    await control.pause('paused', { by: 'u'.repeat(100), reason: 'r'.repeat(200) })
  },
)

/** Texts that run out of the box in which they stand. Wide tables scroll inside their region. */
const RUN_OUT = `[...document.querySelectorAll('main p, main li, main section, main dd, main h1, header')].flatMap((each) =>
  each.closest('.scroll') === null && each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== 'inline'
    && !each.classList.contains('unseen') ? [each.className + ': ' + each.innerText.slice(0, 40)] : [])`

const PAGES: readonly (readonly [path: string, text: string])[] = [
  ['', ALONE],
  [`queues/${ALONE}`, 'By priority|Oldest ready'],
  [`queues/${QUEUE}?state=failed`, 'no report of'],
  [`tasks?q=id:${ID}`, '1 found'],
  [`tasks/${ID}`, 'NO_WORKER'],
  [`tasks/${LATER}`, 'DELAYED'],
  ['problems', 'no report of'],
  ['jobs', JOB],
  [`jobs/${JOB}`, 'Queue one'],
  ['workers', QUEUE],
  ['schedules', PERIODIC],
  ['audit', 'r'.repeat(200)],
  ['doctor', 'paused'],
]

describe('a page with names of the greatest length', () => {
  it.each(PAGES.flatMap(([path, text]) => [360, 390, 1280].map((width) => ({ path, text, width }))))(
    'scrolls nowhere but in its tables: $width px, $path',
    async ({ path, text, width }) => {
      const { page, complaints } = await open(`#/${path}`, { viewport: { width, height: 800 } })
      await page.locator('main').getByText(new RegExp(text)).first().waitFor()
      await expectNoSideScroll(page)
      expect(await page.evaluate(RUN_OUT)).toEqual([])
      expect(complaints).toEqual([])
    },
  )
})
