/** Crawls a local site by a generator, once to the end, and once until it is revoked. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { PulsarQueue } from 'pulsar-queue'
import { Crawl } from './jobs/crawl.js'

/** A site of 25 pages in a ring, each with a link to the next and one to the first; below `/endless/` it never ends. */
const site = createServer((request, response) => {
  const [, part = '', page = '0'] = /^\/(endless\/)?(\d+)$/.exec(String(request.url)) ?? []
  const next = part === '' ? (Number(page) + 1) % 25 : Number(page) + 1
  response.end(`<a href="/${part}${String(next)}">next</a> <a href="/${part}0">first</a>`)
})
await once(site.listen(0, '127.0.0.1'), 'listening')
const origin = `http://127.0.0.1:${String((site.address() as AddressInfo).port)}`

const app = new PulsarQueue({
  dataStore: 'embedded::memory:',
  workers: 0,
  taskPaths: [new URL('./jobs/*.ts', import.meta.url)],
  logLevel: 'warn',
})
const api = await app.api().start()
await app.start()

const { pages } = await api.tasks.queue(Crawl, [`${origin}/0`]).result()
console.log('pages', pages)

const endless = api.tasks.queue(Crawl, { start: `${origin}/endless/0`, most: 1_000_000 })
const underWay = new Promise<void>((resolve) => {
  void api.onEvents('task', 'progress', (_channel, _event, task) => {
    if (task.id === endless.id && Number(task.progress) >= 10) resolve()
  })
})
await underWay
console.log('revoked', await endless.revoke(), (await endless).statusString)
await app.close()
site.close()
