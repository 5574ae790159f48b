import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { Certificate } from './certificate.js'
import { tlsOptions } from './certificate.js'
import { findRedisServer } from '../../.ci/find-redis.mjs'
import type { RedisServer } from './redis-server.js'
import { freePort, startRedisServer } from './redis-server.js'
import { until } from './until.js'

/** Longest time for a failover, ms. Sentinels that were delayed for two seconds, on a busy machine, do nothing for 30 s (TILT). */
const PATIENCE = 75_000

/** Time after which a failover that was ordered is ordered anew, where it is not under way, ms. */
const ORDER_LIMIT = 2_000

/** The name of the master at the Sentinels. */
export const MASTER = 'main'

/** A master with replicas, and the Sentinels that watch it: real ones, on free ports of one address. */
export interface SentinelSetUp {
  /** A URL of the Sentinels, without users. */
  readonly url: string
  /** `127.0.0.1:26379,127.0.0.1:26380`. */
  readonly sentinels: string
  /** All servers of data. */
  readonly servers: readonly RedisServer[]
  /** The master that all Sentinels name. */
  master(): Promise<RedisServer>
  /** Resolves to the new master as soon as all Sentinels name another one, and it takes writes. */
  nextMaster(before: RedisServer): Promise<RedisServer>
  /** Orders a failover, and resolves to the new master. */
  failOver(): Promise<RedisServer>
  /** Kills all Sentinels, and starts them anew. @param master - what their configuration names then; default: the same as before */
  restartSentinels(master?: RedisServer): Promise<void>
  /** Sends a command to each Sentinel. */
  tellSentinels(...command: [string, ...string[]]): Promise<unknown[]>
  /** A plain client of a server. */
  client(server: RedisServer): Redis
  /** Kills all servers of data and all Sentinels. */
  killAll(): Promise<void>
  /**
   * Starts the servers of data again, each on another port, and the Sentinels on theirs, whose configuration names the new address of the
   * master. Resolves when the Sentinels know all.
   */
  comeBackElsewhere(): Promise<void>
  stop(): Promise<void>
}

export interface SentinelOptions {
  readonly replicas?: number
  readonly sentinels?: number
  /** Options of each server of data. */
  readonly options?: readonly string[]
  /** Lines of the configuration of each Sentinel. */
  readonly lines?: readonly string[]
  /** Password of the servers of data, for the Sentinels and the clients of the spec. */
  readonly password?: string
  /** Password of the Sentinels. */
  readonly sentinelPassword?: string
  /** Time without an answer after which the master counts as down, ms. */
  readonly downAfter?: number
  /** All speak TLS with this certificate, and nothing else. */
  readonly certificate?: Certificate
  /** Address that all listen on. Default 127.0.0.1. */
  readonly host?: string
  /** The servers of data keep what they acknowledge on disk. Default false. */
  readonly isKept?: boolean
}

interface Sentinel {
  readonly port: number
  readonly client: Redis
  kill(): Promise<void>
  /** Starts it again on its port, with a configuration that names the master. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function startSentinels(given: SentinelOptions = {}): Promise<SentinelSetUp> {
  const { replicas = 2, sentinels: count = 3, options = [], password, certificate, host = '127.0.0.1', isKept } = given
  const auth = password === undefined ? [] : ['--requirepass', password, '--masterauth', password]
  const kept = isKept ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []
  const common = ['--repl-diskless-sync-delay', '0', ...kept, ...auth, ...options]
  const start = async (...more: readonly string[]): Promise<RedisServer> =>
    await startRedisServer((port) => [...common, ...more, ...(certificate ? tlsOptions(certificate, port) : [])], {
      host,
    })
  const first = await start()
  const replicaOf = ({ port }: RedisServer): string[] => ['--replicaof', host, String(port)]
  const others = Array.from({ length: replicas }, async () => await start(...replicaOf(first)))
  const servers = [first, ...(await Promise.all(others))]
  /** The master, as the configuration of Sentinels that are started names it. */
  let now = first
  const sentinels = await Promise.all(Array.from({ length: count }, async () => await startSentinel(() => now, given)))
  const clients = new Map(servers.map((server) => [server, clientOf(server.port, given, password)] as const))
  const client = (server: RedisServer): Redis => {
    const found = clients.get(server)
    if (!found) throw new Error('it is none of these servers')
    return found
  }
  const [asked] = sentinels as [Sentinel]
  const nameBy = async (each: Sentinel): Promise<string | undefined> => {
    const answer = (await each.client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER)) as string[] | null
    return answer?.[1]
  }
  const named = async (): Promise<RedisServer | undefined> => {
    const ports = new Set(await Promise.all(sentinels.map(nameBy)))
    return ports.size === 1 ? servers.find(({ port }) => ports.has(String(port))) : undefined
  }
  /** What each Sentinel and each server says of the set-up. */
  const standings = async (): Promise<string> => {
    const says = async (answer: Promise<unknown>): Promise<string> =>
      await answer.then((said) => JSON.stringify(said), String)
    const views = sentinels.map(async (each) => {
      const [master, replicas] = [
        each.client.call('SENTINEL', 'MASTER', MASTER),
        each.client.call('SENTINEL', 'REPLICAS', MASTER),
      ]
      return `Sentinel ${String(each.port)}: ${await says(master)} ${await says(replicas)}`
    })
    const roles = servers.map(async (each) => `server ${String(each.port)}: ${await says(client(each).role())}`)
    return (await Promise.all([...views, ...roles])).join('; ')
  }
  const nextMaster = async (before: RedisServer): Promise<RedisServer> =>
    await until(
      'another master',
      async () => {
        const now = await named()
        if (!now || now === before) return undefined
        const isWritable = await client(now)
          .set('writable', 1)
          .then(
            () => true,
            () => false,
          )
        return isWritable ? now : undefined
      },
      PATIENCE,
    ).catch(async (error: unknown) => {
      throw new Error(`${String(error)}; ${await standings()}`)
    })
  const areReady = async (): Promise<void> => {
    await until('the Sentinels to know all', async () => {
      const known = await Promise.all(sentinels.map(async (each) => await isReady(each, servers.length - 1, count - 1)))
      return known.every(Boolean) ? true : undefined
    })
    // A Sentinel that has not heard of a failover makes a replica of the new master again after four of these periods.
    for (const { client: each } of sentinels) await each.call('SENTINEL', 'DEBUG', 'publish-period', '2000')
  }
  await areReady()
  const hosts = sentinels.map(({ port }) => `${host.includes(':') ? `[${host}]` : host}:${String(port)}`).join(',')
  return {
    url: `${certificate ? 'rediss' : 'redis'}+sentinel://${hosts}/0?name=${MASTER}`,
    sentinels: hosts,
    servers,
    client,
    nextMaster,
    tellSentinels: async (...command) =>
      await Promise.all(sentinels.map(async (each) => await each.client.call(...command))),
    master: async () => await until('a master', named, PATIENCE),
    async failOver() {
      const before = await until('a master', named, PATIENCE)
      const begin = async (): Promise<true | undefined> => {
        try {
          await asked.client.call('SENTINEL', 'FAILOVER', MASTER)
          return true
        } catch (error) {
          // It has begun one by itself, or has not heard of a replica lately.
          if (String(error).includes('INPROG')) return true
          if (String(error).includes('NOGOODSLAVE')) return undefined
          throw error
        }
      }
      await until('a failover to begin', begin, PATIENCE)
      let orderedAt = performance.now()
      const isOver = async (): Promise<true | undefined> => {
        if ((await nameBy(asked)) !== String(before.port)) return true
        // Sentinels give a failover up, as where the replica does not take over in time on a busy machine.
        if (performance.now() - orderedAt < ORDER_LIMIT) return undefined
        orderedAt = performance.now()
        await begin()
        return undefined
      }
      await until('the failover to be over', isOver, PATIENCE)
      return await nextMaster(before)
    },
    async restartSentinels(master) {
      now = master ?? (await until('a master', named, PATIENCE))
      await Promise.all(sentinels.map(async (each) => await each.kill()))
      await Promise.all(sentinels.map(async (each) => await each.restart()))
      if (master === undefined) await areReady()
    },
    async killAll() {
      now = await until('a master', named, PATIENCE)
      await Promise.all([...sentinels, ...servers].map(async (each) => await each.kill()))
    },
    async comeBackElsewhere() {
      const isMaster = (server: RedisServer): boolean => server === now
      for (const server of servers.toSorted((a, b) => Number(isMaster(b)) - Number(isMaster(a)))) {
        await server.restartElsewhere(isMaster(server) ? ['--replicaof', 'no', 'one'] : replicaOf(now))
        client(server).options.port = server.port
      }
      await Promise.all(sentinels.map(async (each) => await each.restart()))
      await areReady()
    },
    async stop() {
      for (const each of sentinels) await each.stop()
      for (const each of clients.values()) each.disconnect()
      for (const each of servers) {
        each.signal('SIGCONT')
        await each.stop()
      }
    },
  }
}

function clientOf(port: number, { host = '127.0.0.1', certificate }: SentinelOptions, password?: string): Redis {
  const redis = new Redis({
    host,
    port,
    ...(password !== undefined && { password }),
    ...(certificate && { tls: { ca: certificate.ca, checkServerIdentity: () => undefined } }),
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    commandTimeout: 1_000,
    retryStrategy: () => 100,
  })
  redis.on('error', () => undefined)
  return redis
}

/** @param master - the one that its configuration names, whenever it is started */
async function startSentinel(master: () => RedisServer, given: SentinelOptions): Promise<Sentinel> {
  const { password, sentinelPassword, certificate, downAfter = 1_000, lines = [], host = '127.0.0.1' } = given
  const binary = await findRedisServer()
  const directory = mkdtempSync(join(tmpdir(), 'pq-sentinel-'))
  const port = await freePort()
  const file = join(directory, 'sentinel.conf')
  const configuration = (): readonly string[] => [
    ...(certificate ? linesOf(tlsOptions(certificate, port)) : [`port ${String(port)}`]),
    `bind ${host}`,
    `dir ${directory}`,
    `sentinel monitor ${MASTER} ${host} ${String(master().port)} 2`,
    `sentinel down-after-milliseconds ${MASTER} ${String(downAfter)}`,
    `sentinel failover-timeout ${MASTER} 6000`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${MASTER} ${password}`]),
    ...(sentinelPassword === undefined
      ? []
      : [`requirepass ${sentinelPassword}`, `sentinel sentinel-pass ${sentinelPassword}`]),
    ...lines,
  ]
  const client = clientOf(port, given, sentinelPassword)
  const launch = async (): Promise<ChildProcess> => {
    writeFileSync(file, `${configuration().join('\n')}\n`)
    const started = spawn(binary, [file, '--sentinel'], { stdio: 'ignore' })
    await until('a Sentinel to answer', async () => await client.ping().catch(() => undefined))
    // It looks for replicas and other Sentinels every ten and every two seconds: a spec need not wait for that.
    await client.call('SENTINEL', 'DEBUG', 'info-period', '500', 'publish-period', '200')
    return started
  }
  let child = await launch()
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  return {
    port,
    client,
    kill,
    async restart() {
      await kill()
      child = await launch()
    },
    async stop() {
      client.disconnect()
      await kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Options of a command line as lines of a configuration. */
function linesOf(options: readonly string[]): string[] {
  return options.flatMap((option, i) => (i % 2 === 0 ? [`${option.slice(2)} ${options[i + 1] ?? ''}`] : []))
}

/** Whether a Sentinel knows all replicas and the other Sentinels, so that it can fail over. */
async function isReady({ client }: Sentinel, replicas: number, others: number): Promise<boolean> {
  const words = (await client.call('SENTINEL', 'MASTER', MASTER)) as string[]
  const fact = (name: string): number => Number(words[words.indexOf(name) + 1])
  if (fact('num-slaves') < replicas || fact('num-other-sentinels') < others) return false
  const known = (await client.call('SENTINEL', 'REPLICAS', MASTER)) as string[][]
  return known.every((each) => each[each.indexOf('master-link-status') + 1] === 'ok')
}
