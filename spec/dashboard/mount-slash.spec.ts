import type { RequestListener, Server } from 'node:http'
import { createServer, request } from 'node:http'
import { getRequestListener, serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { mount } from 'hono/mount'
import type { Browser } from 'playwright-core'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, openPage } from './browser.js'
import { useServers } from './listening.js'

let app: PulsarQueue
let browser: Browser
const listening = useServers()

beforeAll(async () => {
  browser = await launchBrowser()
  app = new PulsarQueue({
    dataStore: 'embedded::memory:dashboard-slash',
    workers: 0,
    logLevel: 'silent',
    parseConsole: false,
  })
  await app.api().start()
})
afterAll(async () => {
  await browser.close()
  await app.close()
})

/** A proxy before the dashboard. What is not below `/queues` is not there. @param inner - the path that the dashboard gets */
async function proxied(answers: RequestListener, inner: (path: string) => string): Promise<string> {
  const behind = await listening(createServer(answers))
  const proxy = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '/'
    if (!/^\/queues(?:[/?]|$)/.test(path)) return outgoing.writeHead(404).end()
    const { method, headers } = incoming
    const forward = request(`${behind}${inner(path)}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    forward.on('error', () => outgoing.destroy())
    return incoming.pipe(forward)
  })
  return await listening(proxy)
}

const bare = (): RequestListener => {
  const answer = getRequestListener(app.dashboard(), { overrideGlobalObjects: false })
  return (incoming, outgoing) => void answer(incoming, outgoing)
}

/** Ways to serve a dashboard below `/queues`. Each returns the address of its server. */
const MOUNTS: readonly (readonly [name: string, open: () => Promise<string>])[] = [
  ['Express', async () => await listening(createServer(express().use('/queues', app.dashboard().express)))],
  [
    'Fastify',
    async () => {
      const server = fastify()
      await server.register(app.dashboard().fastify, { prefix: '/queues' })
      await server.ready()
      return await listening(server.server)
    },
  ],
  [
    'Hono',
    async () => {
      const server = new Hono().all('/queues/*', mount(app.dashboard()))
      return await listening(serve({ fetch: server.fetch, port: 0, hostname: '127.0.0.1' }) as Server)
    },
  ],
  ['a proxy that keeps the path', async () => await proxied(bare(), (path) => path)],
  [
    'a proxy that takes the prefix away',
    async () => await proxied(bare(), (path) => path.replace(/^\/queues\/?/, '/')),
  ],
]

describe.each(MOUNTS)('the page behind %s', (_name, open) => {
  it.each(['/queues', '/queues/', '/queues?from=mail', '/queues/?from=mail'])(
    'opens at %s, and asks for nothing that is not there',
    async (path) => {
      const url = await open()
      const { page, complaints, close } = await openPage(browser, `${url}${path}#/tasks?q=state:failed`)
      try {
        await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor()
        expect(complaints).toEqual([])
        const [, search = ''] = path.split('?', 2)
        const asked = search === '' ? '' : `?${search}`
        expect(page.url()).toBe(`${url}/queues/${asked}#/tasks?q=state:failed`)
        expect(await page.evaluate('history.length')).toBe(2)
        // Its style is there.
        expect(await page.evaluate('document.styleSheets.length')).toBe(1)
      } finally {
        await close()
      }
    },
  )
})
