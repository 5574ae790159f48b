import { readFileSync } from 'node:fs'

/** The `ACL SETUSER` lines of docs/redis.md, by user: their rules. */
export const ACL_RULES: ReadonlyMap<string, readonly string[]> = new Map(
  [...readFileSync('docs/redis.md', 'utf8').matchAll(/^ACL SETUSER (\w+) on >secret (.*)$/gm)].map(
    ([, user, rules]) => [user ?? '', rules?.split(' ') ?? []],
  ),
)
