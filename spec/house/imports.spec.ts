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
  /** What is said of the scratch project. */
  let said: { code: number; output: string }

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'pulsar-imports-'))
    await cp(join(root, '.dependency-cruiser.mjs'), join(scratch, '.dependency-cruiser.mjs'))
    await cp(join(root, 'tsconfig.json'), join(scratch, 'tsconfig.json'))
    for (const folder of ['util', 'locks', 'jobs', 'producer', 'worker', 'stores/redis', 'stores/nats/queue', 'attic'])
      await mkdir(join(scratch, 'src', folder), { recursive: true })
    // Two rooms in a circle, of which no file is in one.
    await writeFile(join(scratch, 'src/jobs/lock.ts'), "export { held } from '../locks/held.js'\n")
    await writeFile(join(scratch, 'src/locks/held.ts'), 'export const held = 1\n')
    await writeFile(join(scratch, 'src/locks/name.ts'), "export { name } from '../jobs/name.js'\n")
    await writeFile(join(scratch, 'src/jobs/name.ts'), 'export const name = 1\n')
    // A third engine, one file of which asks another engine.
    await writeFile(join(scratch, 'src/stores/broker.ts'), 'export const contract = 1\n')
    await writeFile(join(scratch, 'src/stores/redis/keys.ts'), 'export const keys = 1\n')
    await writeFile(join(scratch, 'src/stores/nats/queue/renew.ts'), "export { contract } from '../../broker.js'\n")
    await writeFile(join(scratch, 'src/stores/nats/queue/size.ts'), "export { keys } from '../../redis/keys.js'\n")
    await writeFile(join(scratch, 'src/attic/box.ts'), "export { up } from '../util/deep.js'\n")
    await writeFile(join(scratch, 'src/util/deep.ts'), 'export const up = 1\n')
    await writeFile(join(scratch, 'src/util/up.ts'), "export { down } from '../producer/down.js'\n")
    await writeFile(
      join(scratch, 'src/producer/down.ts'),
      "export { one } from '../worker/one.js'\nexport const down = 1\n",
    )
    await writeFile(join(scratch, 'src/worker/one.ts'), "export { two } from './two.js'\nexport const one = 1\n")
    await writeFile(join(scratch, 'src/worker/two.ts'), "export { one } from './one.js'\nexport const two = 2\n")
    said = await cruise(scratch)
  })

  afterAll(() => rm(scratch, { recursive: true, force: true }))

  it('point down only, and make no cycle', async () => {
    const { code, output } = await cruise(root)
    expect(output).toContain('no dependency violations found')
    expect(code).toBe(0)
  })

  it('are reported when they point up, sideways, or in a circle', () => {
    const { code, output } = said
    expect(code).not.toBe(0)
    expect(output).toContain('imports-of-util: src/util/up.ts')
    expect(output).toContain('imports-of-producer: src/producer/down.ts')
    expect(output).toContain('no-cycle: src/worker/one.ts')
    expect(output).toContain('imports-of-locks: src/locks/name.ts')
    expect(output).not.toContain('src/jobs/lock.ts')
  })

  it('of an engine are the contracts and its own folder: a third engine needs no rule, another engine is refused', () => {
    expect(said.output).toContain('engine-knows-contracts-alone: src/stores/nats/queue/size.ts')
    expect(said.output).not.toContain('src/stores/nats/queue/renew.ts')
  })

  it('need a floor for each room', () => {
    expect(said.output).toContain('room-without-floor: src/attic/box.ts')
  })
})
