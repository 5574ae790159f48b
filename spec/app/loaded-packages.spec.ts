import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('fixtures/loaded-packages.mjs', import.meta.url))

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
