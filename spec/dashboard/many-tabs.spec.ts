import type { Page } from 'playwright-core'
import type { chromium } from 'playwright-core'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newTask } from '../support/new-task.js'
import { launchBrowser, served } from './browser.js'

const TABS = 8

let browser: Awaited<ReturnType<typeof chromium.launch>>
let app: PulsarQueue
let site: Awaited<ReturnType<typeof served>>
/** Streams of updates that are open at the server. */
let streams = 0

beforeAll(async () => {
  browser = await launchBrowser()
  app = new PulsarQueue({
    ...{
      dataStore: 'embedded::memory:dashboard-tabs',
      workers: 0,
      logLevel: 'silent',
      parseConsole: false,
      taskPaths: [],
    },
  })
  const api = await app.api().start()
  await api.broker.queue('mail', [newTask('one')])
  site = await served(counted(app.dashboard()))
})
afterAll(async () => {
  await browser.close()
  await site.close()
  await app.close()
})

function counted(dashboard: (request: Request) => Promise<Response>) {
  return async (request: Request): Promise<Response> => {
    if (request.url.endsWith('/api/v1/live')) {
      streams += 1
      request.signal.addEventListener('abort', () => (streams -= 1), { once: true })
    }
    return await dashboard(request)
  }
}

const isLive = async (page: Page): Promise<void> => {
  await page.getByRole('table').getByRole('link', { name: 'mail' }).waitFor()
  await page.getByRole('button', { name: 'live' }).waitFor()
}

describe('eight tabs of the dashboard, all in sight,', () => {
  // Browsers keep six connections open to one host.
  it('load, are live, and act, with one stream of updates between them', async () => {
    const context = await browser.newContext()
    const pages: Page[] = []
    for (let tab = 0; tab < TABS; tab += 1) {
      const page = await context.newPage()
      await page.goto(site.url)
      pages.push(page)
    }
    await Promise.all(pages.map(isLive))
    await expect.poll(() => streams).toBe(1)
    for (const page of pages.slice(-2)) {
      await page.getByRole('link', { name: 'Audit' }).click()
      await page.getByText('Nobody has acted yet.').waitFor()
    }
    // Whichever has the stream goes.
    for (const page of pages.splice(0, TABS - 2)) await page.close()
    await (await app.api().start()).broker.queue('other', [newTask('two')])
    for (const page of pages) {
      await page.getByRole('link', { name: 'Overview' }).click()
      await page.getByRole('table').getByRole('link', { name: 'other' }).waitFor()
    }
    await expect.poll(() => streams).toBe(1)
    await context.close()
    await expect.poll(() => streams).toBe(0)
  })

  it('have one stream also where two of them have opened one at the same time', async () => {
    const page = await browser.newPage()
    await page.clock.install()
    await page.addInitScript(`{
      const Real = EventSource
      window.opened = 0
      window.EventSource = class extends Real {
        constructor(url) {
          super(url)
          window.opened += 1
        }
      }
    }`)
    await page.goto(site.url)
    await page.getByRole('link', { name: 'Overview' }).waitFor()
    await page.clock.runFor(1_000)
    await isLive(page)
    // Another tab says that it has the stream, and yields as its name is the greater one.
    const heard = page.evaluate(`new Promise((resolve) => {
      const channel = new BroadcastChannel('pulsar-queue ' + new URL('api/v1/live', document.baseURI).href)
      channel.onmessage = ({ data }) => data.kind === 'hold' && resolve(data.kind)
      channel.postMessage({ kind: 'hold', by: 'z' })
    })`)
    expect(await heard).toBe('hold')
    await page.clock.runFor(20_000)
    expect(await page.evaluate('window.opened')).toBe(1)
    await page.close()
  })

  it('go on by themselves when the server has been started again', async () => {
    const context = await browser.newContext()
    const pages = await Promise.all(Array.from({ length: TABS }, async () => await context.newPage()))
    for (const page of pages) await page.goto(site.url)
    await Promise.all(pages.map(isLive))
    const { port } = site
    await site.close()
    await Promise.all(pages.map(async (page) => await page.getByText('does not answer').first().waitFor()))
    site = await served(counted(app.dashboard()), port)
    await Promise.all(pages.map(isLive))
    await context.close()
  })
})
