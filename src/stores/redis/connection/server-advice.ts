import type { Redis } from 'ioredis'
import type { StoreAdvice } from '../../store-advice.js'
import { allowed } from './allowed.js'
import { needsOf } from './redis-durability.js'
import type { RedisLocation } from './redis-location.js'
import { fact, infoOf } from './server-info.js'

/** What a server says of itself. */
interface SetUp {
  readonly address: string
  readonly location: RedisLocation
  /** INFO. */
  readonly info: string
  /** `appendfsync`; null where CONFIG is forbidden: INFO does not have it. */
  readonly fsync: string | null
}

/** The checks, in the order in which their findings are told. */
const CHECKS: readonly ((setUp: SetUp) => StoreAdvice | null)[] = [
  findEviction,
  findMissingLog,
  findIdleLog,
  findMissingReplicas,
  findLoneWrites,
]

/**
 * Looks for what in the set-up of a server loses tasks, or stops queues, without need.
 *
 * @param address - of the server
 * @param location - that the program was given
 */
export async function adviceOn(redis: Redis, address: string, location: RedisLocation): Promise<StoreAdvice[]> {
  const info = await infoOf(redis)
  if (info === null) return [unknown(address), ...(await coverage(redis, address, location))]
  const fsync = (await allowed(redis.config('GET', 'appendfsync')))?.[1] ?? null
  const setUp = { address, location, info, fsync }
  const found = CHECKS.map((check) => check(setUp)).filter((each) => each !== null)
  return [...found, ...(await coverage(redis, address, location))]
}

function unknown(address: string): StoreAdvice {
  return {
    name: 'info',
    level: 'warn',
    says: `expected INFO to be allowed at ${address}, got a refusal: maxmemory-policy, appendonly and replicas are not checked`,
    fix: 'docs/redis.md says what they must be',
  }
}

function findEviction({ address, info }: SetUp): StoreAdvice | null {
  const policy = fact(info, 'maxmemory_policy') ?? 'noeviction'
  if (policy === 'noeviction') return null
  return {
    name: 'maxmemory-policy',
    level: 'warn',
    says: `expected maxmemory-policy of ${address} to be noeviction, got ${policy}: when its memory is full, it drops ${droppedBy(policy)}`,
    fix: 'set maxmemory-policy noeviction',
  }
}

/** Policies of `volatile` drop only what expires by itself. */
function droppedBy(policy: string): string {
  return policy.startsWith('volatile-') ? 'records and results of tasks that are over, and locks' : 'queued tasks'
}

/** On the machine of the program it is told, and no warning: a server for development has no log, and most programs start with one. */
function findMissingLog({ address, location, info }: SetUp): StoreAdvice | null {
  if (fact(info, 'aof_enabled') !== '0') return null
  const isForDevelopment = isLocal(location) && replicasOf(info) === 0
  const found = isForDevelopment
    ? `${address} has no append-only file`
    : `expected appendonly of ${address} to be yes, got no`
  return {
    name: 'appendonly',
    level: isForDevelopment ? 'info' : 'warn',
    says: `${found}: when it ends, it loses the tasks since its last snapshot, or all`,
    fix: 'set appendonly yes, unless it is for development',
  }
}

/** A server of its own, which is reached within the machine. */
function isLocal({ kind, socket, nodes }: RedisLocation): boolean {
  if (kind !== 'single') return false
  return socket !== null || nodes.every(({ host }) => /^(?:localhost|127(?:\.\d+){3}|::1)$/i.test(host))
}

function findIdleLog({ address, info, fsync }: SetUp): StoreAdvice | null {
  if (fsync !== 'no' || fact(info, 'aof_enabled') === '0') return null
  return {
    name: 'appendfsync',
    level: 'warn',
    says: `expected appendfsync of ${address} to be everysec or always, got no: a crash of its machine loses what the kernel has not written, up to half a minute`,
    fix: 'set appendfsync everysec',
  }
}

function replicasOf(info: string): number {
  return Number(fact(info, 'connected_slaves') ?? 0)
}

/** Where a failover or an enqueue counts on replicas. */
function findMissingReplicas({ address, location, info }: SetUp): StoreAdvice | null {
  const { kind, durability } = location
  const needed = needsOf(durability)?.replicas ?? 0
  const least = needed === 'all' ? 1 : Math.max(needed, kind === 'single' ? 0 : 1)
  const connected = replicasOf(info)
  if (connected >= least) return null
  const consequence =
    needed === 0
      ? 'nothing can take its place'
      : `with durability '${durability}' tasks are stored, and their calls rejected`
  return {
    name: 'replicas',
    level: 'warn',
    says: `expected ${address} to have at least ${String(least)} ${least === 1 ? 'replica' : 'replicas'}, got ${String(connected)}: ${consequence}`,
    fix: 'start them',
  }
}

/** A master that is cut off from its replicas goes on taking tasks, and a failover loses them. */
function findLoneWrites({ address, info }: SetUp): StoreAdvice | null {
  // INFO has this line only where the setting is not 0.
  if (replicasOf(info) === 0 || fact(info, 'min_slaves_good_slaves') !== null) return null
  return {
    name: 'min-replicas-to-write',
    level: 'warn',
    says: `expected min-replicas-to-write of ${address} to be at least 1, got 0: cut off from its replicas, it takes tasks that a failover loses`,
    fix: 'set min-replicas-to-write 1',
  }
}

/** A setting of a cluster's node that stops queues of other nodes. Only CONFIG has it. */
async function coverage(redis: Redis, address: string, { kind }: RedisLocation): Promise<StoreAdvice[]> {
  if (kind !== 'cluster') return []
  const name = 'cluster-require-full-coverage'
  if ((await allowed(redis.config('GET', name)))?.[1] !== 'yes') return []
  return [
    {
      name,
      level: 'warn',
      says: `expected ${name} of ${address} to be no, got yes: while one master is away, the queues of all others stop as well`,
      fix: `set ${name} no`,
    },
  ]
}
