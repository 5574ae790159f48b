import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { getRequestListener, serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { mount } from 'hono/mount'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { useServers } from './listening.js'

let app: PulsarQueue
const listening = useServers()

beforeAll(async () => {
  app = new PulsarQueue({
    dataStore: 'embedded::memory:dashboard-mounts',
    workers: 0,
    logLevel: 'silent',
    parseConsole: false,
  })
  await app.api().start()
})
afterAll(async () => {
  await app.close()
})

/** Ways to serve a dashboard below `/a/b`. Each returns the address of its server. */
const MOUNTS: readonly (readonly [name: string, open: () => Promise<string>])[] = [
  [
    'the server of Node',
    async () => {
      const answer = getRequestListener(app.dashboard())
      return await listening(createServer((incoming, outgoing) => void answer(incoming, outgoing)))
    },
  ],
  ['Express', async () => await listening(createServer(express().use('/a/b', app.dashboard().express)))],
  [
    'Express after a parser of JSON',
    async () => await listening(createServer(express().use(express.json()).use('/a/b', app.dashboard().express))),
  ],
  [
    'Express after a parser of texts',
    async () =>
      await listening(
        createServer(
          express()
            .use(express.text({ type: '*/*' }))
            .use('/a/b', app.dashboard().express),
        ),
      ),
  ],
  [
    'Express after a parser of bytes',
    async () =>
      await listening(
        createServer(
          express()
            .use(express.raw({ type: '*/*' }))
            .use('/a/b', app.dashboard().express),
        ),
      ),
  ],
  [
    'Fastify',
    async () => {
      const server = fastify()
      // Another part of the application keeps its own parser.
      server.post('/own', (request) => Promise.resolve(request.body))
      await server.register(app.dashboard().fastify, { prefix: '/a/b' })
      await server.ready()
      return await listening(server.server)
    },
  ],
  [
    'Hono',
    async () => {
      const server = new Hono().all('/a/b/*', mount(app.dashboard()))
      return await listening(serve({ fetch: server.fetch, port: 0, hostname: '127.0.0.1' }) as Server)
    },
  ],
]

describe.each(MOUNTS)('the dashboard in %s', (_name, open) => {
  it('serves its page, its files, its answers and its acts', async () => {
    const url = `${await open()}/a/b`
    for (const page of [url, `${url}/`]) {
      const html = await (await fetch(page)).text()
      const [, script = ''] = /'modulepreload', '([^']+)'/.exec(html) ?? []
      const file = await fetch(`${url}/${script}`)
      expect(file.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    }
    expect(await (await fetch(`${url}/api/v1/session`)).json()).toMatchObject({ user: 'local' })
    const act = await fetch(`${url}/api/v1/queues/mail/pause`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'a spec' }),
    })
    expect(await act.json()).toEqual({})
    expect(await app.api().control.queue('mail')).toMatchObject({ paused: true })
    await app.api().control.resume('mail')
  })

  it('refuses what is no JSON', async () => {
    const url = await open()
    const response = await fetch(`${url}/a/b/api/v1/plans`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'act=drop',
    })
    expect(response.status).toBe(400)
  })
})

describe('a dashboard', () => {
  it('connects the app with the first request', async () => {
    const other = new PulsarQueue({
      dataStore: 'embedded::memory:dashboard-late',
      parseConsole: false,
      logLevel: 'silent',
    })
    onTestFinished(async () => {
      await other.close()
    })
    const dashboard = other.dashboard()
    expect(() => other.api().tasks).toThrow('before app.api().start()')
    const response = await dashboard(new Request('http://127.0.0.1/api/v1/queues'))
    expect(response.status).toBe(200)
    expect(other.api().nodeName).not.toBe('')
  })
})
