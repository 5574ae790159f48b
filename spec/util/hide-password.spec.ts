import { describe, expect, it } from 'vitest'
import { hidePassword, hidePasswordsOfUrls } from '../../lib/util/hide-password.js'

describe('a URL that is shown', () => {
  it.each([
    ['redis://me:secret@host/0', 'redis://me:***@host/0'],
    ['redis://:secret@host', 'redis://:***@host'],
    ['redis://me:sec:r@e/t@host', 'redis://me:***@host'],
    ['redis+unix://me:secret@/run/redis.sock', 'redis+unix://me:***@/run/redis.sock'],
    ['redis://host/0?password=secret&db=1', 'redis://host/0?password=***&db=1'],
    ['redis://host/0?pasword=secret&access_token=t&db=1', 'redis://host/0?pasword=***&access_token=***&db=1'],
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

describe('a text of a job with URLs in it', () => {
  it.each([
    ['sentinelPassword', 'hunter2'],
    ['sentinelPasword', 'hunter2'],
    ['pwd', 'hunter2'],
    ['access_token', 'hunter2'],
  ])('has no value of the parameter %s', (name, value) => {
    const text = `cannot reach "redis+sentinel://me:secret@h1,h2/0?name=m&${name}=${value}", said ops?`
    expect(hidePasswordsOfUrls(text)).toBe(
      `cannot reach "redis+sentinel://me:***@h1,h2/0?name=m&${name}=***", said ops?`,
    )
  })

  it('keeps all else', () => {
    const text = 'GET https://example.org/a?page=2&sort=name failed; a?b=c&password=x without a URL'
    expect(hidePasswordsOfUrls(text)).toBe(text.replace('password=x', 'password=***'))
    expect(hidePasswordsOfUrls('what?password=x')).toBe('what?password=x')
  })

  it('takes time in proportion to its length', () => {
    const text = `://${'?a'.repeat(200_000)}&${'b'.repeat(400_000)}`
    expect(hidePasswordsOfUrls(text)).toBe(text)
  })
})
