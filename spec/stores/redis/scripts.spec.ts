import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bytesOf } from '../../../lib/stores/redis/layout/bytes.js'
import { keysOf } from '../../../lib/stores/redis/layout/keys.js'
import { readScript } from '../../../lib/stores/redis/scripts/read-script.js'
import type { ScriptName } from '../../../lib/stores/redis/scripts/script.js'
import { Script } from '../../../lib/stores/redis/scripts/script.js'

const ROOT = new URL('../../../src/stores/redis/', import.meta.url)
const names = ['queue', 'locks', 'operations'].flatMap((folder) =>
  readdirSync(new URL(folder, ROOT))
    .filter((file) => file.endsWith('.lua'))
    .map((file): ScriptName => `${folder as 'queue'}/${file.replace('.lua', '')}`),
)

/** Reads a script whose parts are texts. */
const read = (files: Record<string, string>) =>
  readScript('queue/verb', (path) => {
    const text = files[path]
    if (text === undefined) throw new Error(`no file ${path}`)
    return text
  })

const verb = (...lines: string[]): Record<string, string> => ({ 'queue/verb': lines.join('\n') })

describe('a script of Redis', () => {
  it.each(names)('%s declares the keys and numbers that it uses, and says what it replies', (name) => {
    const { source } = Script.named(name)
    expect(source).toMatch(/^#!lua( flags=allow-oom)?\n/)
    expect(source.split('\n').filter((line) => line.startsWith('-- Reply')).length).toBe(1)
  })

  it('has a form without the right to write where it only reads', () => {
    const reading = names.filter((name) => Script.named(name).canOnlyRead)
    expect(reading).toEqual([
      'queue/get',
      'queue/held',
      'queue/last-ticks',
      'queue/renew-refused',
      'queue/size',
      'queue/stats',
      'operations/find',
      'operations/inspect',
      'operations/list',
      'operations/problems',
      'operations/schedules',
      'operations/series',
      'operations/totals',
    ])
    for (const name of reading) expect(Script.named(name).withoutWrites.source).toMatch(/^#!lua flags=no-writes\n/)
  })

  it('runs out of memory as well, unless it queues, or adds to the series', () => {
    const refused = names.filter((name) => Script.named(name).source.startsWith('#!lua\n'))
    expect(refused).toEqual([
      'queue/queue-known',
      'queue/queue',
      'queue/tick',
      'operations/move-out',
      'operations/observe',
      'operations/redrive',
      'operations/restore',
    ])
  })

  it('gets each part once, before its first user', () => {
    const files = read({
      ...verb('-- include: a, b', 'return 1'),
      'scripts/a': '-- include: b\nlocal a = b',
      'scripts/b': '-- A part.\nlocal b = 1',
    })
    expect(files.map(({ code }) => code.split('\n').at(-1))).toEqual(['local b = 1', 'local a = b', 'return 1'])
  })

  it('is refused when parts include each other', () => {
    const files = { ...verb('-- include: a'), 'scripts/a': '-- include: b', 'scripts/b': '-- include: a' }
    expect(() => read(files)).toThrow('scripts include each other: queue/verb, scripts/a, scripts/b, scripts/a')
  })

  it('is refused for a key that it does not declare', () => {
    expect(() => read(verb('-- Counts.', "return call('HLEN', TASK)"))).toThrow(
      'script queue/verb uses the key task without declaring it',
    )
  })

  it('is refused for a key that it does not use, not even by a comment or a text', () => {
    expect(() => read(verb('-- KEYS', '--   task hash, kept', '-- TASK', "return 'TASK'"))).toThrow(
      'script queue/verb declares the key task without using it',
    )
  })

  it('is refused for a key by number', () => {
    expect(() => read(verb('-- Counts.', "return call('HLEN', KEYS[1])"))).toThrow('reads KEYS by number')
  })

  it('is refused for a key of another type, or one that no layout has', () => {
    const declare = (line: string) => () => read(verb('-- KEYS', `--   ${line}`, 'return { TASK, OTHER }'))
    expect(declare('task zset, kept')).toThrow('declares the key task, which is no zset, kept')
    expect(declare('other hash, kept')).toThrow('declares the key other')
  })

  it('is refused for a number of the policy that it does not declare, or does not use', () => {
    expect(() => read(verb('-- A chunk.', 'return CHUNK_TASKS'))).toThrow('uses CHUNK_TASKS without declaring it')
    expect(() => read(verb('-- policy: CHUNK_TASKS', 'return 1'))).toThrow('declares CHUNK_TASKS without using it')
  })

  it('gets its keys and arguments by name, in the order of its headers', () => {
    const keys = keysOf('pq', 'mail')
    const texts = { layout: '1', channels: 'pq:', publish: 'PUBLISH', queue: 'mail', partition: '0' }
    const more = { name: '03', slots: '' }
    const named = Object.entries({ ...texts, ...more }).map(([name, text]) => [name, bytesOf(text)] as const)
    const call = Script.named('queue/reclaim-failed').call(
      keys,
      { outcome: bytesOf('{}') },
      {
        args: { ...Object.fromEntries(named), expiry: 5 },
        list: ['a', 'b'].map(bytesOf),
        keys: [keys.slot('03')],
      },
    )
    // Each stands behind a line with its length.
    const args = call.args.split('\r\n').filter((_, line) => line % 2 === 1)
    expect(call.count).toBe(args.length)
    const locals = [...Script.named('queue/reclaim-failed').source.matchAll(/^local (\w+) = (KEYS|ARGV)\[(\d+)\]$/gm)]
    const lists: Record<string, readonly unknown[]> = { KEYS: call.keys, ARGV: ['a deadline', ...args] }
    const found = Object.fromEntries(
      locals.map(([, name = '', list = '', place]) => [name, lists[list]?.[Number(place) - 1]]),
    )
    expect(found).toMatchObject({
      deadline: 'a deadline',
      TASK: '{pq:mail}:t',
      outcome: '{}',
      expiry: '5',
      queue: 'mail',
    })
    expect(call.keys.at(-1)).toBe('{pq:mail}:o03')
    expect(args.slice(-2)).toEqual(['a', 'b'])
  })

  it('is not called without an argument that its header names', () => {
    const keys = keysOf('pq', 'mail')
    expect(() => Script.named('queue/renew').call(keys, {}, { args: { layout: bytesOf('1') } })).toThrow(
      'script queue/renew needs the argument worker',
    )
  })
})
