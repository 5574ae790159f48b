import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'

const program = fileURLToPath(new URL('../../lib/cli/pq.js', import.meta.url))

let server: RedisServer
const children: ChildProcess[] = []

beforeAll(async () => {
  server = await startRedisServer()
})
beforeEach(async () => {
  await server.kill()
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(async () => {
  await server.stop()
})

/** A command that serves, with the first URL that it has printed. */
async function serve(store: string, ...args: string[]) {
  const child = spawn(process.execPath, [program, ...args, '--bind', '127.0.0.1:0', '--store', store])
  children.push(child)
  const exit = once(child, 'exit') as Promise<[number | null, string | null]>
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const told = async (text: string): Promise<void> => {
    while (!stderr.includes(text)) await once(child.stderr, 'data')
  }
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    return (await exit)[0]
  }
  return { url: /http:\S+/.exec(line)?.[0] ?? '', told, end, exit, stderr: () => stderr }
}

/** The answer of an address when its store is there: each one before it says that the store is away. */
async function mended(url: string): Promise<Response> {
  for (;;) {
    const response = await fetch(url)
    if (response.status !== 503) return response
    expect(await response.json()).toMatchObject({
      error: {
        code: 'PQ_BROKER_UNREACHABLE',
        message: expect.stringContaining(`cannot reach ${server.url}`) as unknown,
      },
    })
  }
}

describe('a command that serves while its store is away', () => {
  it.each([
    ['pq dashboard', ['dashboard'], '/api/v1/session'],
    ['pq metrics', ['metrics'], ''],
  ])('says so, and goes on when the store is there: %s', async (_name, args, path) => {
    const served = await serve(`${server.url}?connectTimeout=3s`, ...args)
    const url = `${served.url}${path}`
    expect((await fetch(url)).status).toBe(503)
    await served.told('what is served says so, and goes on by itself when the store is there')
    await server.restart()
    expect((await mended(url)).status).toBe(200)
    expect(await served.end('SIGTERM')).toBe(0)
  })

  it('is ended by a signal at once, also while it tries to connect', async () => {
    const served = await serve(`${server.url}?connectTimeout=10m`, 'dashboard')
    expect((await fetch(`${served.url}/api/v1/session`)).status).toBe(503)
    expect(await served.end('SIGINT')).toBe(0)
  })

  it('ends where the store refuses: that will not change by itself', async () => {
    await server.restart()
    const served = await serve(server.url.replace('://', '://nobody:wrong@'), 'dashboard')
    expect(await served.exit).toEqual([1, null])
    expect(served.stderr()).toContain('pq: cannot use redis://')
    expect(served.stderr()).not.toContain('wrong@')
  })
})
