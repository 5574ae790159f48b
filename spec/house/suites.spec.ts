import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { globSync } from 'tinyglobby'
import { describe, expect, it } from 'vitest'
import { suites } from '../suites.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const find = (include: readonly string[], exclude: readonly string[] = []): string[] =>
  globSync([...include], { cwd: root, ignore: [...exclude] })

describe('the suites', () => {
  it('hold every spec file exactly once', () => {
    const held = Object.values(suites).flatMap(({ include, exclude }) => find(include, exclude))
    expect(held.sort()).toEqual(find(['spec/**/*.spec.ts']).sort())
  })

  it('name no missing file', () => {
    const patterns = Object.values(suites).flatMap(({ include }) => include)
    expect(patterns.filter((pattern) => find([pattern]).length === 0)).toEqual([])
  })

  it('start no server process in the suite unit', () => {
    const fast = suites['unit'] ?? { include: [], exclude: [] }
    const starting = find(fast.include, fast.exclude).filter((file) =>
      /from '.*support\/server-process\.js'/.test(readFileSync(join(root, file), 'utf8')),
    )
    expect(starting).toEqual([])
  })
})
