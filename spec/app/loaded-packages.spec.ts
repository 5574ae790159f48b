import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('fixtures/loaded-packages.mjs', import.meta.url))
const FILES = fileURLToPath(new URL('fixtures/loaded-files.mjs', import.meta.url))
const VERBS = fileURLToPath(new URL('fixtures/loaded-verbs.mjs', import.meta.url))
const FORMATS = fileURLToPath(new URL('fixtures/language-formats.mjs', import.meta.url))

it('a plain worker loads no package that it does not need, since each costs memory in each worker process', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM])
  // Of the prebuilt SQLite, which Node's own one replaces where it is new enough.
  const own = stdout.split('\n').filter((name) => !/^(@photostructure\/sqlite|node-gyp-build)$/.test(name))
  expect(own).toEqual([
    '@pinojs/redact',
    'acorn',
    'atomic-sleep',
    'croner',
    'fastest-levenshtein',
    'msgpackr',
    'on-exit-leak-free',
    'pino',
    'pino-std-serializers',
    'quick-format-unescaped',
    'reflect-metadata',
    'safe-stable-stringify',
    'sonic-boom',
    'thread-stream',
    'tslib',
    'tsyringe',
    'typedi',
  ])
})

it('a plain worker does not load what operators use, but for small helpers that others share: an api does', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [FILES])
  const [worker, withApi] = stdout.split('\n').map((line) => line.split(' '))
  expect(worker).toEqual([
    'control-parts',
    'filter/matches',
    'filter/quote-value',
    'in-words',
    'list-workers',
    'read-each',
    'schedule-in-words',
  ])
  expect(withApi).toContain('control')
})

it('the heartbeat thread of a worker on Redis loads the verbs that renew, and no other', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [VERBS])
  expect(stdout.split('\n')).toEqual(['queue/redis-session', 'queue/renew'])
})

it('a plain worker reads no formats of a language, which are 9 MB: it asks for none, not even in a word of a setting', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [FORMATS])
  // The first line is of the fixture itself: it shows that a use is noted.
  expect(stdout.split('\n')).toEqual(['1,234.5', expect.stringMatching(/^toLocaleString .*language-formats\.mjs/)])
})
