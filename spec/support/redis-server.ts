import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRedisServer } from '../../.ci/find-redis.mjs'

/** Ports below the range of outgoing connections: one of those could take the server's port while it restarts. */
const PORTS = { first: 20_000, count: 12_000 }

/** A Redis of a spec's own, on a free port of 127.0.0.1. */
export interface RedisServer {
  readonly url: string
  /** Another one after {@link RedisServer.restartElsewhere}. */
  readonly port: number
  /** Kills the server, as `kill -9` does. Its files are kept. */
  kill(): Promise<void>
  /** Starts the server again, with the same port and files. @param options - where they differ from those of before */
  restart(options?: readonly string[]): Promise<void>
  /** Starts the server again with the same files, on another port. @param more - options beside those of before */
  restartElsewhere(more?: readonly string[]): Promise<void>
  /** Sends a signal to the server. `SIGSTOP` suspends it, so that it answers nothing; `SIGCONT` lets it go on. */
  signal(name: NodeJS.Signals): void
  /** Ends the server, and removes its files. */
  stop(): Promise<void>
}

/** Where and how a server runs, if not as a plain process on this machine. */
export interface ServerPlace {
  /** Address that it listens on. */
  readonly host?: string
  /** Command that runs it: `['ip', 'netns', 'exec', name]`. */
  readonly command?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Another program than the Redis of the specs. */
  readonly program?: string
}

/**
 * Starts a server.
 *
 * @param given - options as on its command line, `['--maxmemory', '2mb']`, or what makes them of its port
 */
export async function startRedisServer(
  given: readonly string[] | ((port: number) => readonly string[]) = [],
  place: ServerPlace = {},
): Promise<RedisServer> {
  const host = place.host ?? '127.0.0.1'
  const binary = place.program ?? (await findRedisServer())
  const directory = mkdtempSync(join(tmpdir(), 'pq-redis-'))
  const optionsAt = typeof given === 'function' ? given : () => given
  let port = await freePort()
  let child = await launch(binary, directory, port, optionsAt(port), place)
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  return {
    get url() {
      return `redis://${host.includes(':') ? `[${host}]` : host}:${String(port)}/0`
    },
    get port() {
      return port
    },
    async kill() {
      await kill('SIGKILL')
    },
    async restart(others = optionsAt(port)) {
      await kill('SIGKILL')
      child = await launch(binary, directory, port, others, place)
    },
    async restartElsewhere(more = []) {
      await kill('SIGKILL')
      port = await freePort()
      child = await launch(binary, directory, port, [...optionsAt(port), ...more], place)
    },
    signal(name) {
      child.kill(name)
    },
    async stop() {
      await kill('SIGKILL')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function launch(
  binary: string,
  directory: string,
  port: number,
  options: readonly string[],
  { host = '127.0.0.1', command = [], env = {} }: ServerPlace,
) {
  const args = ['--port', String(port), '--bind', host, '--dir', directory, '--save', '', ...options]
  const [program = binary, ...words] = [...command, binary, ...args]
  return await launched(program, words, env)
}

/** Starts a program of Redis. Resolves when it accepts connections. */
export async function launched(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  let output = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('Ready to accept connections')) resolve()
    })
    child.once('exit', (code) => {
      reject(new Error(`${program} ended with code ${String(code)}:\n${output}`))
    })
    child.once('error', reject)
  })
  return child
}

/** A port of 127.0.0.1 that nobody has. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count)
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch {
      continue
    }
    server.close()
    await once(server, 'close')
    return port
  }
}
