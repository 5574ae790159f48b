import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('fixtures/two-apps.mjs', import.meta.url))

describe('two apps in one program', () => {
  let directory: string
  /** Starts two apps with these numbers of workers. @returns how the program says that their starts ended */
  const start = async (how: 'in a row' | 'together' | 'closed', first: number, second: number): Promise<string> => {
    const env = { ...process.env, STORE: `embedded:${join(directory, String(Math.random()))}` }
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, how, String(first), String(second)], {
      env,
    })
    return stdout
  }

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'pq-apps-'))
  })
  afterAll(() => {
    rmSync(directory, { recursive: true })
  })

  it.each([
    ['in a row', 1, 1],
    ['together', 1, 1],
    ['in a row', 1, 0],
    ['in a row', 0, 1],
    // A worker process of the second one would start the first one.
    ['closed', 1, 1],
  ] as const)(
    'refuses the second one where one of them has worker processes: %s, %i and %i',
    async (how, first, second) => {
      expect(await start(how, first, second)).toBe('started PQ_SEVERAL_APPS\n')
    },
  )

  it.each(['in a row', 'together'] as const)('serves both without worker processes: %s', async (how) => {
    expect(await start(how, 0, 0)).toBe('started started\n')
  })
})
