import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadStore } from '../../../lib/stores/open-store.js'
import { EmbeddedBroker } from '../../../lib/stores/embedded/embedded-broker.js'
import { lostWrites, writesAreKept } from '../../support/lost-writes.js'
import { newTask, QUEUE, StoreDirectory } from './support.js'

const PRODUCER = fileURLToPath(new URL('../fixtures/producer.mjs', import.meta.url))

/** Each way to ask for a durability, as a program is given it: in the URL, or by each call. */
const WAYS = [
  { durability: 'normal', query: '', call: [] },
  { durability: 'full', query: '?durability=full', call: [] },
  { durability: 'full', query: '', call: ['full'] },
  { durability: 'normal', query: '?durability=full', call: ['normal'] },
] as const

/** Lets a program queue tasks, and kills it when it has queued some. @returns ids of those that were acknowledged */
async function queueAndKill(
  url: string,
  call: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string[]> {
  const child = spawn(process.execPath, [PRODUCER, url, ...call], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: string[] = []
  const exited = once(child, 'exit')
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(line)
    if (acknowledged.length === 100) child.kill('SIGKILL')
  }
  await exited
  return acknowledged
}

describe('the durability of an embedded store', () => {
  const shared = new StoreDirectory()
  const known = async (ids: readonly string[]): Promise<number> => {
    const broker = await shared.open(`embedded:${join(shared.path, 'store')}`)
    return (await broker.get(QUEUE, ids)).filter((record) => record !== null).length
  }

  it.each(WAYS)('$durability ($query $call): kill -9 loses nothing that was acknowledged', async ({ query, call }) => {
    const acknowledged = await queueAndKill(`embedded:${join(shared.path, 'store')}${query}`, call, {})
    expect(await known(acknowledged)).toBe(acknowledged.length)
  })

  const cannot = writesAreKept()
  it.skipIf(cannot !== null).each(WAYS)(
    `$durability ($query $call): a loss of power takes what $durability says${cannot === null ? '' : `; skipped: ${cannot}`}`,
    async ({ durability, query, call }) => {
      const directory = join(shared.path, 'store')
      mkdirSync(directory)
      const writes = lostWrites(directory)
      onTestFinished(() => {
        writes.dispose()
      })
      const acknowledged = await queueAndKill(`embedded:${directory}${query}`, call, writes.env)
      writes.losePower()
      const left = await known(acknowledged)
      // What is left can be read, and is what came first. Of `normal` it is what the log had when it was moved into the database last.
      if (durability === 'full') expect(left).toBe(acknowledged.length)
      else expect(left).toBeLessThan(acknowledged.length)
      expect(await known(acknowledged.slice(0, left))).toBe(left)
    },
  )

  it('is one that the store knows, and the same as in the URL', async () => {
    const { broker } = await loadStore(shared.url)
    const url = `${shared.url}?durability=normal`
    expect(() => broker(url, { durability: 'full' })).toThrow(
      expect.objectContaining({
        code: 'PQ_INVALID_SETTING',
        message: expect.stringMatching(/'normal', as the URL/) as string,
      }),
    )
    expect(() => broker(url, { durability: 'replica' })).toThrow(
      expect.objectContaining({
        code: 'PQ_INVALID_SETTING',
        message: expect.stringMatching(/'normal' or 'full'/) as string,
      }),
    )
  })

  it('makes no difference in memory', async () => {
    const broker = new EmbeddedBroker('embedded::memory:', undefined, 'full')
    onTestFinished(async () => {
      await broker.close()
    })
    expect(await broker.queue(QUEUE, [newTask('a')], 'normal')).toMatchObject([{ verdict: 'queued' }])
  })
})
