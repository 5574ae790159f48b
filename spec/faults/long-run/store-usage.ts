import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { openDatabase } from '../../../lib/stores/embedded/database/sqlite.js'
import type { TestStore } from '../harness/test-store.js'

const MB = 2 ** 20

/** What a store uses, by name. Records of ended tasks are kept for as long as was asked for; all the rest must not grow. */
export interface StoreUsage {
  look(): Promise<Readonly<Record<string, number>>>
  close(): void
}

export function storeUsage(store: TestStore): StoreUsage {
  return store.server === null ? embeddedUsage(store.directory) : redisUsage(store.server.url)
}

function redisUsage(url: string): StoreUsage {
  const redis = new Redis(url)
  let empty: number | null = null
  return {
    async look() {
      const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
      empty ??= used
      const keys = await redis.keys('*')
      const slots = keys.filter((key) => /\}:o\w+$/.test(key))
      // Where `keys` found a key that is gone by now, the server answers null, and -2.
      const sizes = await Promise.all(
        keys.filter((key) => !slots.includes(key)).map(async (key) => (await redis.memory('USAGE', key)) ?? 0),
      )
      const ttls = await Promise.all(keys.map(async (key) => await redis.pttl(key)))
      const records = sum(await Promise.all(slots.map(async (key) => await redis.hlen(key))))
      return {
        'keys that stay': ttls.filter((ttl) => ttl === -1).length,
        'keys that expire': ttls.filter((ttl) => ttl >= 0).length,
        'keys but of records (MB)': sum(sizes) / MB,
        'records kept': records,
        'memory (MB)': used / MB,
        'bytes a record kept': records === 0 ? 0 : (used - empty - sum(sizes)) / records,
      }
    },
    close() {
      redis.disconnect()
    },
  }
}

function embeddedUsage(directory: string): StoreUsage {
  const db = openDatabase(join(directory, 'queue.db'))
  const count = (sql: string): number => (db.prepare(sql).get() as { readonly count: number }).count
  return {
    async look() {
      const files = readdirSync(directory).map((name) => statSync(join(directory, name)).size)
      const records = count('SELECT count(*) AS count FROM task WHERE state = 6')
      return await Promise.resolve({
        files: files.length,
        'rows but of records': count('SELECT count(*) AS count FROM task WHERE state < 6'),
        'records kept': records,
        'files (MB)': sum(files) / MB,
        'bytes a record kept': records === 0 ? 0 : sum(files) / records,
      })
    },
    close() {
      db.close()
    },
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
