import type { StoreCondition, StoreFinding } from '../../operations-store.js'
import { allowed } from '../connection/allowed.js'
import { identify } from '../connection/check-server.js'
import { fact, infoOf } from '../connection/server-info.js'
import type { RedisSession } from '../queue/redis-session.js'

/** Parts of the memory in use from which tasks are soon refused. */
const SCARCE = 0.9
const FULL = 0.98
const NAMES: Readonly<Record<string, string>> = { redis: 'Redis', valkey: 'Valkey' }

/** What the servers are, and whether they have memory and can write their files. */
export async function condition({ connection }: RedisSession): Promise<StoreCondition> {
  const servers = new Set<string>()
  const findings: StoreFinding[] = []
  await connection.everywhere(async (redis, address) => {
    const { name, version } = await identify(redis)
    servers.add(`${NAMES[name] ?? name} ${version === '' ? 'of an unknown version' : version}`)
    // An ACL may forbid INFO: the advice on the set-up says so.
    const info = (await infoOf(redis)) ?? ''
    const leastReplicas = Number((await allowed(redis.config('GET', 'min-replicas-to-write')))?.[1] ?? 1)
    findings.push(...findMemory(address, info), ...findFailedWrites(address, info))
    findings.push(...findReplica(address, info), ...findAbsentReplicas(address, info, leastReplicas))
  })
  return { servers: [...servers].sort(), findings }
}

function findMemory(address: string, info: string): StoreFinding[] {
  const limit = Number(fact(info, 'maxmemory') ?? 0)
  const most = limit || Number(fact(info, 'total_system_memory') ?? 0)
  const used = most === 0 ? 0 : Number(fact(info, 'used_memory')) / most
  if (used < SCARCE) return []
  const what = limit === 0 ? 'the memory of its machine' : 'maxmemory'
  return [
    {
      name: 'memory',
      state: used < FULL ? 'warning' : 'fault',
      says: `${address} uses ${String(Math.floor(used * 100))} % of ${what}: without memory it refuses tasks`,
      fix: `give it more memory, or drop what is not needed; pq ls shows the sizes of queues`,
    },
  ]
}

function findReplica(address: string, info: string): StoreFinding[] {
  if (fact(info, 'role') !== 'slave' || fact(info, 'slave_read_only') === '0') return []
  const master = `${fact(info, 'master_host') ?? 'unknown'}:${fact(info, 'master_port') ?? ''}`
  const isUp = fact(info, 'master_link_status') === 'up'
  return [
    {
      name: 'replica',
      state: 'fault',
      says: `expected ${address} to be a master, got a replica of ${master}${isUp ? '' : ', which it does not reach'}: it refuses all writes`,
      fix: 'use the URL of its master, or of its Sentinels (redis+sentinel://)',
    },
  ]
}

/** @param least - `min-replicas-to-write`; 1 where CONFIG is forbidden */
function findAbsentReplicas(address: string, info: string, least: number): StoreFinding[] {
  // INFO has this line only where the setting is not 0.
  const good = fact(info, 'min_slaves_good_slaves')
  if (good === null || Number(good) >= least) return []
  return [
    {
      name: 'absent-replicas',
      state: 'fault',
      says: `expected min-replicas-to-write of ${address} to be met by ${String(least)}, got ${good}: it refuses all writes`,
      fix: 'start its replicas, or look why they are behind',
    },
  ]
}

/** A server that cannot save refuses writes, or loses what it has taken when it ends. */
function findFailedWrites(address: string, info: string): StoreFinding[] {
  const failed = ['rdb_last_bgsave_status', 'aof_last_bgrewrite_status', 'aof_last_write_status'].filter(
    (name) => fact(info, name) === 'err',
  )
  return failed.map((name) => ({
    name: 'persistence',
    state: 'fault',
    says: `expected ${name} of ${address} to be ok, got err: it could not write its files`,
    fix: 'look at its log and its disk',
  }))
}
