/** The store of one measurement: a Redis server of its own, or an empty directory. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { redisUsage } from './redis-usage.mjs'
import { within } from './within.mjs'

/** Time for a server to answer, ms. */
const PATIENCE = 15_000

/**
 * Starts a store. `died` rejects when its server ends by itself.
 *
 * @param kind - 'redis' or 'embedded'
 * @param options - `everysec`: whether Redis has an append-only file that is synced each second; `args`: more options of
 *   redis-server
 */
export async function startStore(kind, options = {}) {
  return kind === 'embedded' ? embeddedStore() : await redisStore(options)
}

function embeddedStore() {
  const directory = mkdtempSync(join(tmpdir(), 'pq-bench-'))
  const bytes = () => readdirSync(directory).reduce((sum, file) => sum + statSync(join(directory, file)).size, 0)
  return {
    kind: 'embedded',
    url: `embedded:${directory}`,
    died: new Promise(() => undefined),
    // What SQLite costs is in the processes that use it.
    usage: async () => ({ bytes: bytes() }),
    dropResults: async () => undefined,
    stop: async () => rmSync(directory, { recursive: true, force: true }),
  }
}

async function redisStore({ everysec = false, args = [] }) {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'pq-bench-redis-'))
  const append = ['--appendonly', everysec ? 'yes' : 'no', '--appendfsync', 'everysec']
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '']
  const server = process.env.REDIS_SERVER ?? 'redis-server'
  const child = spawn(server, [...place, ...append, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const keep = (chunk) => (output = (output + chunk).slice(-2_000))
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const gone = new Promise((_, reject) => {
    child.once('error', (error) => reject(new Error(`${server} cannot be started: ${error.message}`)))
    child.once('exit', (code, signal) => reject(new Error(`${server} ended with ${code ?? signal}:\n${output}`)))
  })
  gone.catch(() => undefined)
  const admin = new Redis(port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: null })
  admin.on('error', () => undefined)
  const stop = async () => {
    admin.disconnect()
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    rmSync(directory, { recursive: true, force: true })
  }
  const ask = async (what, question) => await within(PATIENCE, what, Promise.race([question, gone]))
  try {
    await ask('the first answer of Redis', admin.ping())
    const version = /redis_version:(\S+)/.exec(await admin.info('server'))[1]
    return {
      kind: 'redis',
      url: `redis://127.0.0.1:${port}/0`,
      version,
      died: gone,
      usage: async () => redisUsage(await ask('INFO of Redis', admin.info('everything'))),
      dropResults: async () => await dropResults(admin),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Removes the finished records of pulsar-queue, as their expiry does later: they would hide what else grows. */
async function dropResults(admin) {
  for await (const keys of admin.scanStream({ match: '*}:o*', type: 'hash', count: 1_000 })) {
    if (keys.length > 0) await admin.del(...keys)
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
