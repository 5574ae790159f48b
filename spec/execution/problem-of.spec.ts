import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blankMessage } from '../../lib/execution/blank-message.js'
import { ownLine } from '../../lib/execution/own-line.js'
import type { FailureFacts } from '../../lib/execution/problem-of.js'
import { problemOf } from '../../lib/execution/problem-of.js'

const STACK = `Error: no
    at Socket.onEnd (node:net:12:5)
    at parse (/srv/a/node_modules/driver/index.js:3:4)
    at Mail.send (file:///srv/a/dist/jobs/mail.js?v=1:20:11)
    at async run (/srv/a/dist/main.js:1:1)`

const failure = (more: Partial<FailureFacts>): FailureFacts => ({
  job: 'mail.send',
  args: {},
  name: 'Error',
  message: 'no',
  stack: STACK,
  ...more,
})
const idOf = (more: Partial<FailureFacts>): string => problemOf(failure(more), null).id

/** A hundred numbers that look alike in nothing. */
const NUMBERS = Array.from({ length: 100 }, (_, i) => (i * 7_919) % 1_000_003)
const hex = (n: number): string => (n * 2_654_435_761).toString(16).padStart(8, '0').slice(-8)

describe('the problem of a failure', () => {
  it.each<[what: string, (n: number) => string]>([
    ['ids', (n) => `no order ${hex(n)}-12ab-4c3d-9e8f-${hex(n + 1)}abcd, nor V1St${hex(n)}_Z`],
    ['numbers', (n) => `expected ${String(n)} rows, got ${String(-n / 7)} after ${String(n)}ms (0x${hex(n)})`],
    ['quoted texts', (n) => `no such column "c ${hex(n)}" in 'table ${String(n)}' or \`x y\``],
    [
      'paths',
      (n) => `ENOENT: no such file or directory, open '/data/${hex(n)}/in/${String(n)}.csv' of /mnt/v${String(n)}/x`,
    ],
    ['hosts', (n) => `connect ECONNREFUSED db-${String(n)}.eu.internal:${String(1_000 + (n % 9_000))}`],
    ['addresses', (n) => `connect ETIMEDOUT 10.0.${String(n % 256)}.${String((n * 3) % 256)}:443`],
    ['addresses of IPv6', (n) => `connect ECONNREFUSED fe80::${hex(n).slice(0, 4)}:${hex(n).slice(4)}:6379`],
    ['bare hosts', (n) => `getaddrinfo ENOTFOUND db${hex(n).replaceAll(/\d/g, 'x')}`],
    ['URLs', (n) => `GET https://u${String(n)}:p@api.example.org/v1/${hex(n)}?q=${String(n)} failed`],
    ['times', (n) => `lease lapsed at 2026-11-2${String(n % 10)}T10:${String(10 + (n % 50))}:00.${String(n % 1_000)}Z`],
    ['mail addresses', (n) => `no mailbox user${String(n)}@mail${String(n)}.example.org`],
    [
      'lists of any length',
      (n) => `missing: ${Array.from({ length: 1 + (n % 5) }, (_, i) => String(n + i)).join(', ')}`,
    ],
  ])('is the same for a hundred messages that differ in %s', (_, messageOf) => {
    const messages = new Set(NUMBERS.map(messageOf))
    expect(messages.size).toBeGreaterThan(4)
    expect([...new Set([...messages].map((message) => problemOf(failure({ message }), null).message))]).toHaveLength(1)
    expect(new Set([...messages].map((message) => idOf({ message })))).toHaveLength(1)
  })

  it('takes names of files for files, names of hosts for hosts, and code for neither', () => {
    const word = fc.stringMatching(/^[a-z]{5,8}$/).filter((text) => text !== 'server')
    const name = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'))
    const ending = fc.constantFrom('log', 'csv', 'json', 'jpg', 'tar.gz', 'ts')
    const domain = fc.constantFrom('com', 'org', 'eu.internal', 'co.uk', 'svc.cluster.local')
    const blanked = (message: string): string => blankMessage(message, {})
    fc.assert(
      fc.property(name, ending, domain, fc.nat({ max: 65_535 }), word, (text, file, tld, port, member) => {
        expect(blanked(`cannot read ${text}.${file}: it is empty`)).toBe('cannot read <path>: it is empty')
        expect(blanked(`cannot read in/${text}.${file} today`)).toBe('cannot read <path> today')
        expect(blanked(`${text}.${tld} is down`)).toBe('<host> is down')
        expect(blanked(`${text}.${member}:${String(port)} is down`)).toBe('<host> is down')
        expect(blanked(`connect ECONNREFUSED ${text}.${member}`)).toBe('connect ECONNREFUSED <host>')
        expect(blanked(`${text}.${member}(${String(port)}) was called`)).toBe(`${text}.${member}(<n>) was called`)
        expect(blanked(`${text}.${member} is not a function`)).toBe(`${text}.${member} is not a function`)
      }),
    )
    expect(blanked('fail.log: process.exit(3) of user.id in process.env')).toBe(
      '<path>: process.exit(<n>) of user.id in process.env',
    )
  })

  it('is the same where the message quotes an argument, and has none of them', () => {
    const told = (name: string): string =>
      blankMessage(`no customer ${name} in ${name}'s shop`, { customer: { name }, list: ['abc'] })
    expect(told('Ann Lee')).toBe(told('Bob'))
    expect(told('swordfish')).not.toContain('swordfish')
    expect(blankMessage('cannot read the file', { text: 'ann', other: 'not', last: 'the file' })).toBe(
      'cannot read <arg>',
    )
  })

  it('keeps what tells one cause from another', () => {
    const messages = [
      "Cannot read properties of undefined (reading 'a')",
      'x is not a function',
      'connect ECONNREFUSED 10.0.0.1:1',
      'connect ETIMEDOUT 10.0.0.1:1',
      "can't send, as the mailbox isn't there",
      "can't send, as the mailbox is full",
    ]
    expect(new Set(messages.map((message) => blankMessage(message, {}))).size).toBe(messages.length)
  })

  it('is another one for another job, class, message or throwing line', () => {
    const all = [
      {},
      { job: 'mail.read' },
      { name: 'TypeError' },
      { message: 'never' },
      { stack: STACK.replace(':20:11', ':21:11') },
      { stack: STACK.replace(':20:11', ':20:30') },
      { stack: undefined },
    ]
    expect(new Set(all.map(idOf)).size).toBe(all.length)
  })

  it('has the first line of the stack that is the application, wherever it lies', () => {
    expect(ownLine(STACK)).toBe('Mail.send jobs/mail.js:20:11')
    expect(ownLine(STACK.replaceAll('/srv/a/', '/opt/release-7/'))).toBe(ownLine(STACK))
    expect(ownLine(STACK.replace('?v=1', '?v=2'))).toBe(ownLine(STACK))
    expect(ownLine('Error: no\n    at C:\\app\\jobs\\mail.js:3:9')).toBe('jobs/mail.js:3:9')
    expect(ownLine(new Error('of a spec').stack)).toMatch(/problem-of\.spec/)
    expect(ownLine('Error: no\n    at node:net:1:2')).toBe('')
  })

  it('takes no long time for long messages', () => {
    for (const piece of [
      'a.',
      '1:',
      '/x',
      '"',
      "'a ",
      '::',
      '@a',
      '<n> ',
      'a-1 ',
      'a/',
      'a.log',
      'a.b/c.',
      'com.',
      'host a.',
    ]) {
      expect(blankMessage(piece.repeat(100_000), {}).length).toBeLessThanOrEqual(300)
    }
  })
})
