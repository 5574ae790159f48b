import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { expect } from 'vitest'
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
