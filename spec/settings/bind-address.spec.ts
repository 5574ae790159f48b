import { describe, expect, it } from 'vitest'
import { isLoopback, readBindAddress, showBindAddress } from '../../lib/settings/bind-address.js'

describe('an address to listen on', () => {
  it.each([
    ['127.0.0.1:8060', '127.0.0.1', 8060],
    ['8060', '127.0.0.1', 8060],
    ['0', '127.0.0.1', 0],
    ['[::1]:80', '::1', 80],
    ['localhost:1', 'localhost', 1],
    ['0.0.0.0:65535', '0.0.0.0', 65_535],
    ['api-1.example.org:443', 'api-1.example.org', 443],
  ])('is read from %s', (text, host, port) => {
    expect(readBindAddress(text)).toEqual({ host, port })
  })

  it.each([
    [''],
    [':8060'],
    ['localhost'],
    ['localhost:'],
    ['::1:8060'],
    ['[::1]'],
    ['[localhost]:80'],
    ['127.0.0.1:65536'],
    ['127.0.0.1:-1'],
    ['127.0.0.1:80 '],
    ['256.0.0.1:80'],
    ['1.2.3:80'],
    ['http://127.0.0.1:80'],
    ['user:secret@host:80'],
    ['a_b:80'],
    ['-a:80'],
    ['8.5'],
    ['NaN'],
  ])('is not read from %j', (text) => {
    expect(readBindAddress(text)).toBeNull()
  })

  it('is shown as URLs have it', () => {
    expect(showBindAddress({ host: '::1', port: 80 })).toBe('[::1]:80')
    expect(showBindAddress({ host: 'localhost', port: 80 })).toBe('localhost:80')
  })

  it('is recognised as a loopback address', () => {
    for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.9.9.9', '::1', 'a.localhost']) {
      expect(isLoopback(host)).toBe(true)
    }
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'localhost.example', '127.0.0.1.example', '']) {
      expect(isLoopback(host)).toBe(false)
    }
  })
})
