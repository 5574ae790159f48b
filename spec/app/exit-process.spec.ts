import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const LATE = fileURLToPath(new URL('fixtures/exit-late.mjs', import.meta.url))

describe('a process whose app does not close in time', () => {
  it('kills its worker processes, and ends with code 1', async () => {
    const child = spawn(process.execPath, [LATE], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [output, exit] = await Promise.all([text(child.stdout), once(child, 'exit')])
    expect(exit).toEqual([1, null])
    expect(output).toBe('the app was not closed after 0.05 s; the process ends\nkills its worker processes\n')
  })
})
