import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Broker } from '../../lib/stores/broker.js'
import { OperationsStore } from '../../lib/stores/operations-store.js'
import { PermitStore } from '../../lib/stores/permit-store.js'

/** Where the classes come from that are imported above. */
const [TREE, EXTENSION] = process.env['SPEC_LIB'] === 'lib' ? ['lib', 'js'] : ['src', 'ts']
const STORES = new URL(`../../${TREE}/stores/`, import.meta.url)

/** Methods of a face that are no verbs. */
const LIFE = ['constructor', 'connect', 'advice', 'close', 'operations', 'onHistoryChange', 'historyChanges']

const engines = readdirSync(STORES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

type Face = abstract new (...args: never[]) => object

/** The class that a file of an engine exports for a contract. */
async function faceOf(engine: string, file: string, contract: Face): Promise<Face> {
  const module = (await import(new URL(`${engine}/${engine}-${file}.${EXTENSION}`, STORES).href)) as Record<
    string,
    Face
  >
  const face = Object.values(module).find((exported) => exported.prototype instanceof contract)
  if (!face) throw new Error(`${engine}-${file} exports no ${contract.name}`)
  return face
}

/** Verbs of a face: what any engine implements, since a contract's abstract methods leave no trace in JavaScript. */
async function verbsOf(file: string, contract: Face): Promise<string[]> {
  const all = await Promise.all(engines.map((engine) => faceOf(engine, file, contract)))
  const methods = all.map((face) =>
    Object.entries(Object.getOwnPropertyDescriptors(face.prototype))
      .filter(([name, { value }]) => typeof value === 'function' && !LIFE.includes(name))
      .map(([name]) => name),
  )
  return [...new Set(methods.flat())]
}

const fileOf = (verb: string): string => verb.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const faces = {
  queue: await verbsOf('broker', Broker),
  locks: await verbsOf('permit-store', PermitStore),
  operations: await verbsOf('operations-store', OperationsStore),
}

describe('an engine', () => {
  it('is a folder of its own, and has the verbs of the contracts', () => {
    expect(engines).toEqual(expect.arrayContaining(['embedded', 'redis']))
    expect(faces.queue).toEqual(expect.arrayContaining(['queue', 'settle', 'renew', 'reclaim']))
    expect(faces.locks).toEqual(expect.arrayContaining(['acquire', 'release', 'renew', 'sweep']))
  })

  describe.each(engines)('%s', (engine) => {
    it.each(['store', 'broker', 'pub-sub', 'permit-store', 'operations-store'])(`has its ${engine}-%s.ts`, (file) => {
      expect(readdirSync(new URL(`${engine}/`, STORES))).toContain(`${engine}-${file}.${EXTENSION}`)
    })

    it.each(['queue', 'locks', 'operations'] as const)('has nothing in %s but verbs and what they share', (folder) => {
      const verbs = faces[folder].map((verb) => `${fileOf(verb)}.${EXTENSION}`)
      const others = readdirSync(new URL(`${engine}/${folder}/`, STORES)).filter(
        (file) => file.endsWith(`.${EXTENSION}`) && !file.endsWith(`-session.${EXTENSION}`) && !verbs.includes(file),
      )
      expect(others).toEqual([])
    })

    it.each(Object.entries(faces).flatMap(([folder, verbs]) => verbs.map((verb) => [folder, verb])))(
      'has a file in %s for the verb %s',
      async (folder, verb) => {
        const module = (await import(
          new URL(`${engine}/${folder}/${fileOf(verb)}.${EXTENSION}`, STORES).href
        )) as object
        expect(module).toHaveProperty(verb, expect.any(Function))
      },
    )
  })
})
