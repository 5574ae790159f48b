import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findRedisServer } from '../../.ci/find-redis.mjs'
import type { Certificate } from './certificate.js'
import { tlsOptions } from './certificate.js'
import { freePort, launched } from './redis-server.js'
import { until } from './until.js'

/** Slots of a cluster. */
const SLOTS = 16_384
/** Time without an answer after which the other nodes take a node for lost, ms. */
const NODE_TIMEOUT = 1_500
/** Time after which a replica gives up an order to take over, and a bit more, ms: it then has to be ordered anew. */
const ORDER_LIMIT = 6_000
/** Longest time for a failover on a busy machine, ms. */
const PATIENCE = 75_000
/** The bus of a node has the port that is so much lower: outgoing connections have higher ones. */
const BUS = 10_000

/** A node of a cluster of a spec's own. */
export interface ClusterServer {
  /** It may be another one after {@link ClusterServer.restartElsewhere}. */
  readonly port: number
  readonly id: string
  /** A plain client: what an operator sees. */
  readonly redis: Redis
  signal(name: NodeJS.Signals): void
  /** Kills the node, as `kill -9` does. */
  kill(): Promise<void>
  /** Starts it again, with the same port and files. */
  restart(): Promise<void>
  /** Starts it again with the same files on another port, which no other node knows. */
  restartElsewhere(): Promise<void>
}

/** A Redis Cluster on free ports of 127.0.0.1. */
export interface Cluster {
  readonly url: string
  readonly masters: readonly ClusterServer[]
  /** By the place of their masters. Empty where there are none. */
  readonly replicas: readonly ClusterServer[]
  readonly servers: readonly ClusterServer[]
  /** The server that is the master of a slot by now, as the others see it. */
  masterOf(slot: number): Promise<ClusterServer>
  /** Resolves when another server is the master of a slot, as the others see it. */
  replaced(slot: number, master: ClusterServer): Promise<void>
  /** Lets a replica of a slot's master take its place, as `CLUSTER FAILOVER` does. Resolves when the others see it. */
  handOver(slot: number): Promise<void>
  /** The replica that a master has had from the beginning. */
  replicaOf(master: ClusterServer): ClusterServer
  /** Moves a slot with all its keys to another master, as `redis-cli --cluster reshard` does. */
  move(slot: number, to: ClusterServer): Promise<void>
  /** Kills all servers. */
  killAll(): Promise<void>
  /** Starts all servers again, each on another port. Resolves when they know each other, and all slots are served. */
  comeBackElsewhere(): Promise<void>
  /** Ends all servers, and removes their files. */
  stop(): Promise<void>
}

export interface ClusterOptions {
  /** How many each master has. Default 0. */
  readonly replicas?: 0 | 1
  /** All nodes speak TLS with this certificate, and nothing else. */
  readonly certificate?: Certificate
  /** All nodes keep what they acknowledge on disk. Default false. */
  readonly isKept?: boolean
}

/** Starts a cluster of three masters. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const binary = await findRedisServer()
  const directory = mkdtempSync(join(tmpdir(), 'pq-cluster-'))
  const count = 3 * (1 + (options.replicas ?? 0))
  const servers = await Promise.all(Array.from({ length: count }, () => startNode(binary, directory, options)))
  const masters = servers.slice(0, 3)
  const replicas = servers.slice(3)
  const stop = async (): Promise<void> => {
    for (const server of servers) {
      server.redis.disconnect()
      await server.kill()
    }
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await form(masters, replicas)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: `${options.certificate ? 'rediss' : 'redis'}+cluster://${masters.map(({ port }) => `127.0.0.1:${String(port)}`).join(',')}/`,
    masters,
    replicas,
    servers,
    async masterOf(slot) {
      return await masterOf(servers, slot)
    },
    async replaced(slot, master) {
      const isReplaced = async (): Promise<true | undefined> =>
        (await masterOf(servers, slot, master)) === master ? undefined : true
      await until('another master', isReplaced, PATIENCE)
    },
    async handOver(slot) {
      const master = await masterOf(servers, slot)
      const replica = await replicaOfBy(servers, master)
      let orderedAt = -Infinity
      const isTaken = async (): Promise<true | undefined> => {
        if (performance.now() - orderedAt > ORDER_LIMIT) {
          orderedAt = performance.now()
          // It is refused where the replica has taken over, and the others have not seen it yet.
          await replica.redis.cluster('FAILOVER').catch(() => undefined)
        }
        return (await masterOf(servers, slot)) === replica ? true : undefined
      }
      await until('the replica to take over', isTaken, PATIENCE)
    },
    replicaOf(master) {
      const replica = replicas[masters.indexOf(master)]
      if (!replica) throw new Error('that master has no replica')
      return replica
    },
    async move(slot, to) {
      await move(await presentMasters(servers), slot, to)
    },
    async killAll() {
      await Promise.all(servers.map(async (server) => await server.kill()))
    },
    async comeBackElsewhere() {
      await Promise.all(servers.map(async (server) => await server.restartElsewhere()))
      for (const { redis } of servers)
        for (const { port } of servers) await redis.cluster('MEET', '127.0.0.1', port, port - BUS)
      const ports = new Set(servers.map(({ port }) => port))
      await untilAll(servers, 'the nodes to know the new ports', async ({ redis }) => {
        const ranges = await redis.cluster('SLOTS')
        const told = ranges.flatMap(([, , ...nodes]) => nodes.map(([, port]) => port))
        return told.every((port) => ports.has(port)) && (await redis.cluster('INFO')).includes('cluster_state:ok')
      })
    },
    stop,
  }
}

async function startNode(binary: string, directory: string, options: ClusterOptions): Promise<ClusterServer> {
  const { certificate, isKept = false } = options
  let port = await freePort()
  const name = String(port)
  const argsOf = (at: number): readonly string[] => [
    ...(certificate ? [...tlsOptions(certificate, at), '--tls-cluster', 'yes'] : ['--port', String(at)]),
    ...['--cluster-port', String(at - BUS), '--bind', '127.0.0.1', '--dir', directory],
    ...['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${name}.conf`],
    ...['--cluster-node-timeout', String(NODE_TIMEOUT), '--cluster-require-full-coverage', 'no'],
    ...['--cluster-replica-validity-factor', '0', '--repl-diskless-sync-delay', '0'],
    ...['--save', '', '--dbfilename', `dump-${name}.rdb`],
    ...(isKept ? ['--appendonly', 'yes', '--appendfsync', 'always', '--appenddirname', `kept-${name}`] : []),
  ]
  let child = await launched(binary, argsOf(port))
  const redis = new Redis({
    ...{ port, host: '127.0.0.1', retryStrategy: () => 100, maxRetriesPerRequest: null },
    ...(certificate && { tls: { ca: certificate.ca, checkServerIdentity: () => undefined } }),
  })
  redis.on('error', () => undefined)
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  const restart = async (): Promise<void> => {
    await kill()
    child = await launched(binary, argsOf(port))
  }
  return {
    get port() {
      return port
    },
    id: await redis.cluster('MYID'),
    redis,
    signal(signal) {
      child.kill(signal)
    },
    kill,
    restart,
    async restartElsewhere() {
      port = await freePort()
      redis.options.port = port
      await restart()
    },
  }
}

/** Makes servers a cluster. */
async function form(masters: readonly ClusterServer[], replicas: readonly ClusterServer[]): Promise<void> {
  const servers = [...masters, ...replicas]
  await meet(servers)
  await Promise.all(
    masters.map(async ({ redis }, i) => {
      const share = SLOTS / masters.length
      await redis.cluster('ADDSLOTSRANGE', Math.round(i * share), Math.round((i + 1) * share) - 1)
    }),
  )
  // Where not all slots have to be covered, a node is well before it has heard of those of the others.
  await untilAll(servers, 'the slots', async ({ redis }) => {
    const info = await redis.cluster('INFO')
    return info.includes('cluster_state:ok') && info.includes(`cluster_slots_assigned:${String(SLOTS)}\r`)
  })
  await Promise.all(replicas.map(async ({ redis }, i) => await redis.cluster('REPLICATE', masters[i]?.id ?? '')))
  await untilAll(replicas, 'the replicas', async ({ redis }) => (await redis.info()).includes('master_link_status:up'))
  await untilAll(servers, 'all to know the replicas', async ({ redis }) => {
    const ranges = (await redis.cluster('SLOTS')) as unknown[][]
    return ranges.every((range) => range.length === 3 + replicas.length / masters.length)
  })
}

async function meet(servers: readonly ClusterServer[]): Promise<void> {
  const [first, ...others] = servers
  // Nodes of the same epoch would have to settle that between them, which takes a while.
  await Promise.all(servers.map(async ({ redis }, i) => await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)))
  for (const { port } of others) await first?.redis.cluster('MEET', '127.0.0.1', port, port - BUS)
  await untilAll(servers, 'the nodes to meet', async ({ redis }) => {
    const nodes = String(await redis.cluster('NODES'))
      .trim()
      .split('\n')
    return nodes.length === servers.length && nodes.every((line) => !/handshake|fail/.test(line))
  })
}

async function untilAll(
  servers: readonly ClusterServer[],
  what: string,
  isSo: (server: ClusterServer) => Promise<boolean>,
): Promise<void> {
  await Promise.all(
    servers.map(async (server) => await until(what, async () => ((await isSo(server)) ? true : undefined))),
  )
}

/** @param suspect - is not asked */
async function masterOf(
  servers: readonly ClusterServer[],
  slot: number,
  suspect?: ClusterServer,
): Promise<ClusterServer> {
  const asked = servers.filter((server) => server !== suspect)
  const ranges = await Promise.any(asked.map(async ({ redis }) => await redis.cluster('SLOTS')))
  const [, , master] = ranges.find(([first, last]) => first <= slot && slot <= last) ?? []
  const server = servers.find(({ port }) => port === master?.[1])
  if (!server) throw new Error(`slot ${String(slot)} has no master`)
  return server
}

/** The server that replicates a master by now. */
async function replicaOfBy(servers: readonly ClusterServer[], master: ClusterServer): Promise<ClusterServer> {
  for (const server of servers) {
    const [role, , port] = await server.redis.role()
    if (role === 'slave' && port === master.port) return server
  }
  throw new Error('that master has no replica')
}

/** The servers that are masters by now: a failover makes a replica one, and a master that comes back a replica. */
async function presentMasters(servers: readonly ClusterServer[]): Promise<readonly ClusterServer[]> {
  const running = servers.filter(({ redis }) => redis.status === 'ready')
  const roles = await Promise.all(running.map(async ({ redis }) => (await redis.role())[0]))
  return running.filter((_, i) => roles[i] === 'master')
}

/** Whether a server takes a node for the master of a slot. */
async function names({ redis }: ClusterServer, node: ClusterServer, slot: number): Promise<boolean> {
  const ranges = await redis.cluster('SLOTS')
  const [, , master] = ranges.find(([first, last]) => first <= slot && slot <= last) ?? []
  return master?.[1] === node.port
}

/** The server that takes itself for the master of a slot. */
async function ownerOf(masters: readonly ClusterServer[], slot: number): Promise<ClusterServer> {
  for (const server of masters) if (await names(server, server, slot)) return server
  throw new Error(`slot ${String(slot)} has no master`)
}

async function move(masters: readonly ClusterServer[], slot: number, to: ClusterServer): Promise<void> {
  const from = await ownerOf(masters, slot)
  if (from === to) return
  await to.redis.cluster('SETSLOT', slot, 'IMPORTING', from.id)
  await from.redis.cluster('SETSLOT', slot, 'MIGRATING', to.id)
  for (;;) {
    const keys = await from.redis.cluster('GETKEYSINSLOT', slot, 10)
    if (keys.length === 0) break
    await from.redis.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...keys)
  }
  for (const { redis } of [to, from, ...masters.filter((each) => each !== to && each !== from)]) {
    await redis.cluster('SETSLOT', slot, 'NODE', to.id)
  }
  await settled(masters, slot, to)
}

/**
 * Resolves when all masters know the new owner of a slot, and by which epoch. If the slot went on sooner, the next owner could take an
 * epoch that is none too late for the claims of this one, and each would name the other.
 */
async function settled(masters: readonly ClusterServer[], slot: number, owner: ClusterServer): Promise<void> {
  const own = await epochOf(owner, owner)
  await untilAll(masters, 'the masters to know the move', async (server) => {
    return (await names(server, owner, slot)) && (await epochOf(owner, server)) === own
  })
}

/** The epoch of a node, as another one knows it. */
async function epochOf({ id }: ClusterServer, { redis }: ClusterServer): Promise<string | undefined> {
  const lines = String(await redis.cluster('NODES')).split('\n')
  return lines.find((line) => line.startsWith(id))?.split(' ')[6]
}
