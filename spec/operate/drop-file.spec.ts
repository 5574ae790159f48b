import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineJob } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'

const work = defineJob({ name: 'dropped.work', redact: ['secret'] }, ({ secret }: { secret: string }) => secret)

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulsar-drop-'))
})
afterAll(async () => {
  await rm(directory, { recursive: true })
})

describe.each(STORES)('a drop with a file on $store', ({ store, make }) => {
  const at = useOperatedStore(make)
  const put = async (id: string): Promise<void> => {
    const options = { queue: at.queue, id, delay: '1h', callback: false } as const
    await at.api.tasks.queue(work, { secret: `the secret of ${id}` }, options)
  }

  it('has all that it drops in the file, whole and for its owner alone, and an import brings it back', async () => {
    const { control, queue } = at
    for (const id of ['a', 'b', 'c']) await put(id)
    const path = join(directory, `${store}.ndjson`)
    const result = await control.drop(await control.plan('drop', `queue:${queue}`), { file: path })
    expect(result).toMatchObject({ done: 3, skipped: 0, file: path })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    for (const id of ['a', 'b', 'c']) expect(lines.join()).toContain(`the secret of ${id}`)
    expect((await control.queue(queue)).delayed).toBe(0)
    expect(await control.import(lines)).toEqual({ imported: 3, known: 0, over: 0 })
    expect((await control.queue(queue)).delayed).toBe(3)
  })

  it('drops nothing where the file is there already, or cannot be made', async () => {
    const { control, queue } = at
    await put('stays')
    const plan = await control.plan('drop', `queue:${queue}`)
    const there = join(directory, `there-${store}.ndjson`)
    await writeFile(there, 'kept')
    const drop = async (file: string): Promise<unknown> => await control.drop(plan, { file })
    await expect(drop(there)).rejects.toThrow(`got ${there}: it is there already, and would be overwritten`)
    const lost = join(directory, 'none', 'dropped.ndjson')
    await expect(drop(lost)).rejects.toThrow(`got ${lost}: its directory does not exist; nothing was dropped`)
    await expect(drop(join(there, 'below'))).rejects.toThrow('a part of the path is no directory')
    expect(await readFile(there, 'utf8')).toBe('kept')
    expect((await control.queue(queue)).delayed).toBe(plan.count)
  })

  it('drops nothing that is not on the disk', async () => {
    const { control, queue } = at
    await put('not written')
    const plan = await control.plan('drop', `queue:${queue}`)
    const full = new Error('no space left on device')
    const path = join(directory, `full-${store}.ndjson`)
    const onExported = (): void => {
      throw full
    }
    await expect(control.drop(plan, { file: path, onExported })).rejects.toBe(full)
    expect((await control.queue(queue)).delayed).toBe(plan.count)
    expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toHaveLength(plan.count)
  })

  it('leaves no file where nothing is dropped, nor for the plan of another act', async () => {
    const { control, queue } = at
    await put('gone')
    const [plan, again] = [await control.plan('drop', `queue:${queue}`), await control.plan('drop', `queue:${queue}`)]
    await control.drop(plan)
    const files = await readdir(directory)
    const path = join(directory, 'nothing.ndjson')
    expect(await control.drop(again, { file: path })).toMatchObject({ done: 0, file: null })
    const none = await control.plan('drop', `queue:${queue} id:none`)
    expect(await control.drop(none, { file: path })).toMatchObject({ done: 0, file: null })
    const other = await control.plan('revoke', `queue:${queue}`)
    await expect(control.drop(other, { file: path })).rejects.toThrow('one for drop')
    expect(await readdir(directory)).toEqual(files)
  })
})
