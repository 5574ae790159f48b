import { describe, expect, it } from 'vitest'
import { hidePassword } from '../../lib/util/hide-password.js'

describe('a URL that is shown', () => {
  it.each([
    ['redis://me:secret@host/0', 'redis://me:***@host/0'],
    ['redis://:secret@host', 'redis://:***@host'],
    ['redis://me:sec:r@e/t@host', 'redis://me:***@host'],
    ['redis+unix://me:secret@/run/redis.sock', 'redis+unix://me:***@/run/redis.sock'],
    ['redis://host/0?password=secret&db=1', 'redis://host/0?password=***&db=1'],
    ['redis://me:***@host/0', 'redis://me:***@host/0'],
  ])('has no password: %s', (url, shown) => {
    expect(hidePassword(url)).toBe(shown)
  })

  it.each([
    'redis//:secret@host',
    'redis//me:secret@host',
    'redis//:sec/ret@host',
    'redis:/:secret@host',
    'redis:secret@host',
    'redis:///:secret@host',
    'rediss:\\\\:secret@host',
    'me:secret@host',
    'me:sec:secret@host',
    '{"dataStore":"redis//:secret@host"}',
    'cannot use "redis//me:secret@host", said bob@example.org',
  ])('has no password when it is mistyped: %s', (url) => {
    expect(hidePassword(url)).toContain('***@host')
    expect(hidePassword(url)).not.toMatch(/sec/)
  })

  it.each([
    'redis://127.0.0.1:6379/0',
    'embedded:./node_modules/@scope/data',
    'file:///srv/node_modules/@scope/index.js:3:4',
    'C:\\node_modules\\@scope',
    'at 12:30 bob@example.org wrote',
  ])('is shown whole without one: %s', (text) => {
    expect(hidePassword(text)).toBe(text)
  })
})
