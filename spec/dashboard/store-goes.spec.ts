import { PulsarQueue } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { newTask } from '../support/new-task.js'
import { startRedisServer } from '../support/redis-server.js'
import { launchBrowser, openPage, served } from './browser.js'

describe('an open page whose store goes away', () => {
  it('says so with its address, refuses acts in words, and mends itself when the store is back', async () => {
    const redis = await startRedisServer()
    const app = new PulsarQueue({
      ...{ dataStore: redis.url, workers: 0, logLevel: 'silent', parseConsole: false, taskPaths: [] },
    })
    const site = await served(app.dashboard())
    const browser = await launchBrowser()
    const { page } = await openPage(browser, `${site.url}/#/queues/mail`)
    try {
      const { broker } = await app.api().start()
      await broker.queue('mail', [newTask('one')])
      await page.getByRole('button', { name: 'Pause', exact: true }).waitFor()
      await page.getByRole('button', { name: 'live' }).waitFor()
      await redis.kill()
      await page.getByText('What is shown is old; the page goes on by itself.').waitFor()
      expect(await page.getByText('What is shown is old').innerText()).toContain(redis.url)
      // What was seen is still there.
      expect(await page.getByRole('heading', { name: 'mail' }).count()).toBe(1)
      await page.getByRole('button', { name: 'Pause', exact: true }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('button', { name: 'Pause', exact: true }).click()
      await page.getByText(`cannot reach ${redis.url}`).first().waitFor()
      await redis.restart()
      await page.getByRole('button', { name: 'live' }).waitFor()
      await page.getByText('What is shown is old').waitFor({ state: 'detached' })
      // What was refused meanwhile is no news any more.
      await page.getByText(`cannot reach ${redis.url}`).waitFor({ state: 'detached' })
    } finally {
      await browser.close()
      await app.close()
      await site.close()
      await redis.stop()
    }
  })
})

describe('an open page that looks again while its store is away', () => {
  it('is not live for a moment, though another tab has what was seen last', async () => {
    const redis = await startRedisServer()
    const app = new PulsarQueue({
      ...{ dataStore: redis.url, workers: 0, logLevel: 'silent', parseConsole: false, taskPaths: [] },
    })
    const site = await served(app.dashboard())
    const browser = await launchBrowser()
    const context = await browser.newContext()
    try {
      const pages = [await context.newPage(), await context.newPage()]
      for (const page of pages) {
        await page.goto(site.url)
        await page.getByRole('button', { name: 'live' }).waitFor()
      }
      await redis.kill()
      for (const page of pages) {
        await page.getByRole('button', { name: 'away' }).waitFor()
        await page.evaluate(`{
          const button = document.querySelector('button.live')
          window.states = []
          new MutationObserver(() => window.states.push(button.innerText.trim())).observe(button, { childList: true, subtree: true, characterData: true })
        }`)
      }
      for (const page of pages.toReversed()) {
        await page.getByRole('button', { name: 'away' }).click()
        await page.getByRole('button', { name: 'paused' }).click()
        await page.getByRole('button', { name: 'away' }).waitFor()
        expect(await page.evaluate('window.states')).not.toContain('live')
      }
    } finally {
      await browser.close()
      await app.close()
      await site.close()
      await redis.stop()
    }
  })
})

describe.each(['SIGSTOP', 'SIGKILL'] as const)('a page that is opened while its store is away by %s', (signal) => {
  it('says so, long before a call to the store gives up', async () => {
    const redis = await startRedisServer()
    // A call waits for the store for longer than this spec may take.
    const app = new PulsarQueue({
      ...{ dataStore: `${redis.url}?connectTimeout=120s`, workers: 0, logLevel: 'silent', parseConsole: false },
      taskPaths: [],
    })
    const site = await served(app.dashboard())
    const browser = await launchBrowser()
    try {
      await app.api().start()
      if (signal === 'SIGKILL') await redis.kill()
      else redis.signal(signal)
      for (const path of ['#/', '#/tasks?q=state:ready', '#/doctor']) {
        const { page, close } = await openPage(browser, `${site.url}/${path}`)
        await page.getByRole('heading', { name: 'Nothing can be shown yet' }).waitFor()
        const says = await page.getByRole('alert').innerText()
        expect(says).toContain(redis.url)
        expect(says).toMatch(/\. The page goes on by itself\.$/)
        await close()
      }
      if (signal === 'SIGKILL') await redis.restart()
      else redis.signal('SIGCONT')
      const { page } = await openPage(browser, `${site.url}/#/`)
      await page.getByRole('heading', { name: 'Overview' }).waitFor()
    } finally {
      await browser.close()
      await app.close()
      await site.close()
      await redis.stop()
    }
  })
})
