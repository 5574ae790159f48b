import type { Redis } from 'ioredis'
import { allowed } from './allowed.js'

/** What INFO says of memory, persistence and replication; null where an ACL forbids it. */
export async function infoOf(redis: Redis): Promise<string | null> {
  const sections = ['memory', 'persistence', 'replication']
  const answers: (string | null)[] = []
  for (const section of sections) answers.push(await allowed(redis.info(section)))
  return answers.includes(null) ? null : answers.join('\n')
}

/** A value that INFO has; null: it has none. */
export function fact(info: string, name: string): string | null {
  return new RegExp(`^${name}:(\\S*)`, 'm').exec(info)?.[1] ?? null
}
