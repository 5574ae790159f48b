import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Broker } from '../../lib/stores/broker.js'
import { PermitStore } from '../../lib/stores/permit-store.js'
import { EmbeddedBroker } from '../../lib/stores/embedded/embedded-broker.js'
import { EmbeddedPermitStore } from '../../lib/stores/embedded/embedded-permit-store.js'
import { RedisBroker } from '../../lib/stores/redis/redis-broker.js'
import { RedisPermitStore } from '../../lib/stores/redis/redis-permit-store.js'

const STORES = new URL('../../lib/stores/', import.meta.url)

/** Methods of a face that are no verbs. */
const LIFE = ['constructor', 'connect', 'close']

const engines = readdirSync(STORES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

/** Verbs of a face: what both engines implement, since a contract's abstract methods leave no trace in JavaScript. */
function verbsOf(...faces: readonly (abstract new (...args: never[]) => unknown)[]): string[] {
  const methods = faces.map((face) =>
    Object.entries(Object.getOwnPropertyDescriptors(face.prototype))
      .filter(([name, { value }]) => typeof value === 'function' && !LIFE.includes(name))
      .map(([name]) => name),
  )
  return [...new Set(methods.flat())]
}

const fileOf = (verb: string): string => verb.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const faces = {
  queue: verbsOf(RedisBroker, EmbeddedBroker),
  locks: verbsOf(RedisPermitStore, EmbeddedPermitStore),
}

describe('an engine', () => {
  it('is a folder of its own, and both are built alike', () => {
    expect(engines).toEqual(['embedded', 'redis'])
    expect(RedisBroker.prototype).toBeInstanceOf(Broker)
    expect(EmbeddedBroker.prototype).toBeInstanceOf(Broker)
    expect(RedisPermitStore.prototype).toBeInstanceOf(PermitStore)
    expect(faces.queue.length).toBe(23)
    expect(faces.locks.sort()).toEqual(['acquire', 'openInbox', 'release', 'renew', 'sweep'])
  })

  describe.each(engines)('%s', (engine) => {
    it.each(['store', 'broker', 'pub-sub', 'permit-store'])(`has its ${engine}-%s.ts`, (file) => {
      expect(readdirSync(new URL(`${engine}/`, STORES))).toContain(`${engine}-${file}.js`)
    })

    it.each([...faces.queue.map((verb) => ['queue', verb]), ...faces.locks.map((verb) => ['locks', verb])])(
      'has a file in %s for the verb %s',
      async (folder, verb) => {
        const module = (await import(new URL(`${engine}/${folder}/${fileOf(verb)}.js`, STORES).href)) as object
        expect(module).toHaveProperty(verb, expect.any(Function))
      },
    )
  })
})
