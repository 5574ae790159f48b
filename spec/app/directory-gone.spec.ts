import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'

const PROGRAM = fileURLToPath(new URL('./fixtures/directory-gone.mjs', import.meta.url))
/** Time after which a program that does not end is killed, ms. */
const PATIENCE = 25_000

describe('a program whose embedded directory is deleted while a task runs', () => {
  it.each(['', 'queue.db'])('closes its producer and its worker without a failure, and ends: %j', async (deleted) => {
    const directory = mkdtempSync(join(tmpdir(), 'pq-gone-'))
    onTestFinished(() => {
      rmSync(directory, { recursive: true, force: true })
    })
    const program = promisify(execFile)(process.execPath, [PROGRAM, directory, join(directory, deleted)], {
      timeout: PATIENCE,
    })
    const { stdout } = await program
    expect(JSON.parse(stdout)).toEqual(['fulfilled', 'fulfilled'])
  })
})
