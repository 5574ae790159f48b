import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import type { Api, DashboardOptions, PulsarQueueOptions } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { findChromium } from '../../.ci/find-chromium.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A real browser. Chromium's sandbox needs more than a container allows root. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox'] })
}

/** What went wrong on a page, without anybody looking. */
export interface WatchedPage {
  readonly page: Page
  /** Messages of the console, reports of the policy, requests that failed. */
  readonly complaints: string[]
  close(): Promise<void>
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(`console: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${String(response.status())} ${response.url()}`)
  })
  await page.goto(url)
  return {
    page,
    complaints,
    async close() {
      await context.close()
    },
  }
}

/** What axe finds on the page as it is. It runs outside the page's policy, which allows no foreign script. */
export async function violationsOf(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  const { result } = await session.send('Runtime.evaluate', {
    expression: `${AXE};axe.run().then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).slice(0, 3).join(', '))))`,
    awaitPromise: true,
    returnByValue: true,
  })
  await session.detach()
  return JSON.parse(String(result.value)) as string[]
}

/** Nothing but the regions of wide tables scrolls sideways. */
export async function expectNoSideScroll(page: Page): Promise<void> {
  const [scroll, width] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]')
  expect(scroll).toBeLessThanOrEqual(width)
}

/** Serves a fetch handler at a free port. */
export async function served(
  fetch: (request: Request) => Promise<Response>,
  port = 0,
): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const answer = getRequestListener(fetch, { overrideGlobalObjects: false })
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing))
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const bound = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${String(bound)}`,
    port: bound,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A dashboard in a browser, as a suite has it. */
export interface SeenDashboard {
  readonly browser: Browser
  readonly app: PulsarQueue
  readonly api: Api
  readonly site: Awaited<ReturnType<typeof served>>
  /** Opens a page of the dashboard, which is closed behind the test. */
  open(path: string, options?: BrowserContextOptions): Promise<WatchedPage>
  /** Opens another address. It is closed behind the test as well. */
  openAt(url: string): Promise<WatchedPage>
}

/**
 * An app in this process that consumes, its dashboard, and a browser, for a suite.
 *
 * @param settings - of the app. A function is called when the suite begins
 * @param fill - queues tasks before the dashboard is opened
 */
export function useDashboard(
  settings: PulsarQueueOptions | (() => Promise<PulsarQueueOptions>),
  fill: (api: Api) => Promise<void>,
  look: DashboardOptions = {},
): SeenDashboard {
  const opened: WatchedPage[] = []
  const made = {} as { browser: Browser; app: PulsarQueue; api: Api; site: SeenDashboard['site'] }
  beforeAll(async () => {
    made.browser = await launchBrowser()
    const given = typeof settings === 'function' ? await settings() : settings
    made.app = new PulsarQueue({ workers: 0, logLevel: 'silent', parseConsole: false, ...given })
    await made.app.start()
    made.api = await made.app.api().start()
    await fill(made.api)
    made.site = await served(made.app.dashboard(look))
  })
  afterEach(async () => {
    for (const page of opened.splice(0)) await page.close()
  })
  afterAll(async () => {
    await made.browser.close()
    await made.site.close()
    await made.app.close()
  })
  const openAt = async (url: string, options?: BrowserContextOptions): Promise<WatchedPage> => {
    const watched = await openPage(made.browser, url, options)
    opened.push(watched)
    return watched
  }
  return {
    get browser() {
      return made.browser
    },
    get app() {
      return made.app
    },
    get api() {
      return made.api
    },
    get site() {
      return made.site
    },
    openAt,
    open: async (path, options) => await openAt(`${made.site.url}/${path}`, options),
  }
}
