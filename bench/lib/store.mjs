/** The store of one measurement: a Redis server of its own, or an empty directory. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** Starts a store. @param durability - of Redis: 'none' or 'everysec' (append-only file) */
export async function startStore(kind, durability = 'none') {
  return kind === 'embedded' ? embeddedStore() : await redisStore(durability)
}

function embeddedStore() {
  const directory = mkdtempSync(join(tmpdir(), 'pq-bench-'))
  const bytes = () => readdirSync(directory).reduce((sum, file) => sum + statSync(join(directory, file)).size, 0)
  return {
    url: `embedded:${directory}`,
    // What SQLite costs is in the processes that use it.
    usage: async () => ({ cpu: 0, bytes: bytes(), commands: 0, micros: 0 }),
    stop: async () => rmSync(directory, { recursive: true, force: true }),
  }
}

async function redisStore(durability) {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'pq-bench-redis-'))
  const append = ['--appendonly', durability === 'none' ? 'no' : 'yes', '--appendfsync', 'everysec']
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory]
  const server = process.env.REDIS_SERVER ?? 'redis-server'
  const child = spawn(server, [...place, '--save', '', ...append, '--loglevel', 'warning'], { stdio: 'ignore' })
  const admin = new Redis(port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: null })
  admin.on('error', () => undefined)
  await admin.ping()
  const version = /redis_version:(\S+)/.exec(await admin.info('server'))[1]
  return {
    url: `redis://127.0.0.1:${port}/0`,
    version,
    usage: async () => usageOf(await admin.info('everything')),
    stop: async () => {
      admin.disconnect()
      child.kill('SIGTERM')
      await once(child, 'exit')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** What a server says of itself. Commands that a script sends count, too. */
function usageOf(info) {
  const number = (name) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? NaN)
  let commands = 0
  for (const [, calls] of info.matchAll(/^cmdstat_[^:]+:calls=(\d+)/gm)) commands += Number(calls)
  const cpu = number('used_cpu_user') + number('used_cpu_sys')
  return { cpu, bytes: number('used_memory'), commands, micros: cpu * 1e6 }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
