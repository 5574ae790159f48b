/**
 * A whole run on real input: an index of every Markdown file below node_modules. This process queues one task a document
 * through the generated client. A server in another process runs them in its worker processes. The two share a directory,
 * that of the embedded store, and nothing else. The results are compared with those of a plain loop.
 */
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { getRequestListener } from '@hono/node-server'
import { PulsarQueue } from 'pulsar-queue'
import { glob } from 'tinyglobby'
import { createClient } from './client.generated.js'
import type { DocumentFacts } from './document-facts.js'
import { documentFacts } from './document-facts.js'

const ROOT = fileURLToPath(new URL('../../node_modules', import.meta.url))
const MANAGE = fileURLToPath(new URL('./manage.ts', import.meta.url))
const WORKERS = 2

interface Indexed {
  readonly path: string
  readonly facts: DocumentFacts | undefined
  readonly worker: string | null
}

async function main(): Promise<number> {
  const paths = (await glob('**/*.md', { cwd: ROOT, absolute: true, dot: true, caseSensitiveMatch: false })).sort()
  console.log(`${String(paths.length)} Markdown files below ${relative(process.cwd(), ROOT)}`)
  const directory = await mkdtemp(join(tmpdir(), 'pulsar-demo-'))
  const dataStore = `embedded:${directory}`
  const server = await startServer(dataStore)
  try {
    const indexed = await index(dataStore, paths)
    report(indexed)
    const isSame = (await differences(indexed)) === 0
    if (process.argv.includes('--dashboard')) await showDashboard(dataStore)
    return isSame ? 0 : 1
  } finally {
    await stopServer(server)
    await rm(directory, { recursive: true, force: true })
  }
}

async function startServer(dataStore: string): Promise<ChildProcess> {
  const args = ['--workers', String(WORKERS), '--data-store', dataStore, '--log-level', 'warn']
  const server = fork(MANAGE, args)
  await Promise.race([
    once(server, 'message'),
    once(server, 'exit').then(([code]) => {
      throw new Error(`the server ended with code ${String(code)} before it was ready`)
    }),
  ])
  console.log(`a server with ${String(WORKERS)} worker processes consumes ${dataStore}`)
  return server
}

/** Leaves the dashboard up over the demo's queue, until Ctrl+C or SIGTERM. */
async function showDashboard(dataStore: string): Promise<void> {
  const app = new PulsarQueue({ dataStore, parseConsole: false, logLevel: 'warn' })
  const answer = getRequestListener(app.dashboard({ title: 'pulsar-queue demo' }))
  const server = createServer((request, response) => void answer(request, response))
  const port = await listen(server)
  console.log(`\nCtrl+C ends the dashboard. It is at http://127.0.0.1:${String(port)}`)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  server.closeAllConnections()
  await app.close()
}

/** Listens on port 8070, or on a free one where that is in use. */
async function listen(server: Server): Promise<number> {
  await once(server.listen(8070, '127.0.0.1'), 'listening').catch(async (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    await once(server.listen(0, '127.0.0.1'), 'listening')
  })
  return (server.address() as AddressInfo).port
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return
  const exited = once(server, 'exit')
  server.kill('SIGTERM')
  const [code] = (await exited) as [number | null]
  if (code !== 0) throw new Error(`the server ended with code ${String(code)} after SIGTERM`)
}

async function index(dataStore: string, paths: readonly string[]): Promise<Indexed[]> {
  const client = await createClient({ dataStore })
  const since = performance.now()
  let done = 0
  const progress = setInterval(() => {
    showProgress(done, paths.length, since)
  }, 50)
  const futures = client.jobs.indexDocument.many(paths.map((path) => ({ path })))
  const indexed = await Promise.all(
    futures.map(async (future, i) => {
      const task = await future
      done += 1
      if (task.exception !== null) console.error(`\n${paths[i] ?? ''}: ${task.exception}`)
      return { path: paths[i] ?? '', facts: task.result, worker: task.worker }
    }),
  )
  clearInterval(progress)
  showProgress(done, paths.length, since)
  process.stdout.write('\n')
  await client.close()
  return indexed
}

function showProgress(done: number, total: number, since: number): void {
  const width = 30
  const bar = '#'.repeat(Math.round((width * done) / total)).padEnd(width, '.')
  const seconds = (performance.now() - since) / 1_000
  const line = `[${bar}] ${String(done)}/${String(total)} documents, ${String(Math.round(done / seconds))} a second`
  process.stdout.write(process.stdout.isTTY ? `\r${line}` : done === total ? line : '')
}

function report(indexed: readonly Indexed[]): void {
  const largest = [...indexed].sort((a, b) => (b.facts?.words ?? 0) - (a.facts?.words ?? 0)).slice(0, 10)
  console.log(
    `\n${'words'.padStart(8)} ${'headings'.padStart(9)} ${'links'.padStart(7)} ${'minutes'.padStart(8)}  document`,
  )
  for (const { path, facts } of largest) console.log(row(facts, relative(ROOT, path)))
  const byWorker = new Map<string, number>()
  for (const { worker } of indexed) byWorker.set(worker ?? '?', (byWorker.get(worker ?? '?') ?? 0) + 1)
  console.log('')
  for (const [worker, count] of byWorker) console.log(`${String(count).padStart(8)}  documents by ${worker}`)
  const totals = indexed.map(({ facts }) => facts).filter((facts) => facts !== undefined)
  const sum = (value: (facts: DocumentFacts) => number): string =>
    totals.reduce((total, facts) => total + value(facts), 0).toLocaleString('en')
  console.log(
    `\n${String(totals.length)} documents, ${sum(({ words }) => words)} words, ${sum(({ headings }) => headings.length)} headings, ` +
      `${sum(({ links }) => links.length)} links, ${sum(({ minutes }) => minutes)} minutes to read`,
  )
}

function row(facts: DocumentFacts | undefined, name: string): string {
  const { words, headings, links, minutes } = facts ?? { words: 0, headings: [], links: [], minutes: 0 }
  const cells = [words, headings.length, links.length, minutes].map((cell, i) =>
    String(cell).padStart([8, 9, 7, 8][i] ?? 0),
  )
  return `${cells.join(' ')}  ${name}`
}

/** Indexes the documents again in a plain loop. @returns the number of results that differ */
async function differences(indexed: readonly Indexed[]): Promise<number> {
  let different = 0
  for (const { path, facts } of indexed) {
    if (isDeepStrictEqual(facts, await documentFacts(path))) continue
    different += 1
    console.error(`differs: ${path}`)
  }
  console.log(
    different === 0 ? 'checked against a plain loop: every result is the same' : `${String(different)} results differ`,
  )
  return different
}

process.exitCode = await main()
