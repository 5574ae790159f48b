import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')

function cruise(cwd: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [cruiser, '--config', join(cwd, '.dependency-cruiser.mjs'), 'src'],
      { cwd },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? 1, output: stdout + stderr })
      },
    )
  })
}

describe('imports', () => {
  let scratch: string

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'pulsar-imports-'))
    await cp(join(root, '.dependency-cruiser.mjs'), join(scratch, '.dependency-cruiser.mjs'))
    await cp(join(root, 'tsconfig.json'), join(scratch, 'tsconfig.json'))
    for (const folder of ['util', 'producer', 'worker']) await mkdir(join(scratch, 'src', folder), { recursive: true })
    await writeFile(join(scratch, 'src/util/up.ts'), "export { down } from '../producer/down.js'\n")
    await writeFile(
      join(scratch, 'src/producer/down.ts'),
      "export { one } from '../worker/one.js'\nexport const down = 1\n",
    )
    await writeFile(join(scratch, 'src/worker/one.ts'), "export { two } from './two.js'\nexport const one = 1\n")
    await writeFile(join(scratch, 'src/worker/two.ts'), "export { one } from './one.js'\nexport const two = 2\n")
  })

  afterAll(() => rm(scratch, { recursive: true, force: true }))

  it('point down only, and make no cycle', async () => {
    const { code, output } = await cruise(root)
    expect(output).toContain('no dependency violations found')
    expect(code).toBe(0)
  })

  it('are reported when they point up, sideways, or in a circle', async () => {
    const { code, output } = await cruise(scratch)
    expect(code).not.toBe(0)
    expect(output).toContain('imports-of-util: src/util/up.ts')
    expect(output).toContain('imports-of-producer: src/producer/down.ts')
    expect(output).toContain('no-cycle: src/worker/one.ts')
  })
})
