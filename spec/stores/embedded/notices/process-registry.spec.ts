import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newProcessName } from '../../../../lib/stores/embedded/notices/process-name.js'
import { ProcessRegistry } from '../../../../lib/stores/embedded/notices/process-registry.js'
import type { Connections } from '../support.js'
import { connect } from '../support.js'

/** A name as a process of this machine has it that is over. */
async function nameOfEnded(): Promise<string> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return newProcessName().replace(`-${String(process.pid)}-`, `-${String(child.pid)}-`)
}

describe('the registry of processes', () => {
  let directory: string
  let connections: Connections
  let own: ProcessRegistry
  let other: ProcessRegistry
  const ownName = newProcessName()
  const otherName = newProcessName()

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pq-registry-'))
    connections = connect(directory)
    own = new ProcessRegistry(connections.leases, ownName)
    other = new ProcessRegistry(connections.leases, otherName)
  })
  afterEach(async () => {
    await connections.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const names = (): string[] =>
    (connections.leases.sql('SELECT name FROM process ORDER BY name').all() as { name: string }[]).map(
      ({ name }) => name,
    )

  it('says of a renewal whether the process was known', async () => {
    expect(await own.renew()).toBe(false)
    expect(await own.renew()).toBe(true)
    await own.leave()
    expect(await own.renew()).toBe(false)
  })

  it('removes nobody who renews, not even when asked about it', async () => {
    await Promise.all([own.renew(), other.renew()])
    expect(await own.removeDead([otherName])).toEqual([])
    expect(names()).toEqual([ownName, otherName].sort())
  })

  it.each([
    ['has not renewed in time', 'UPDATE process SET expires = 0 WHERE name = ?'],
    ['belongs to another start of the machine', "UPDATE process SET boot = 'another' WHERE name = ?"],
  ])('removes a process that %s; it is not known when it comes back', async (_what, sql) => {
    await Promise.all([own.renew(), other.renew()])
    connections.leases.sql(sql).run(otherName)
    expect(await own.removeDead([])).toEqual([otherName])
    expect(names()).toEqual([ownName])
    expect(await other.renew()).toBe(false)
  })

  it('takes a process for dead that has no entry, and one that has ended though its entry lasts', async () => {
    const ended = await nameOfEnded()
    await new ProcessRegistry(connections.leases, ended).renew()
    expect(await own.removeDead([ended, 'stranger'])).toEqual([ended, 'stranger'])
    expect(names()).toEqual([])
  })

  it('never takes its own process for dead', async () => {
    await own.renew()
    connections.leases.sql('UPDATE process SET expires = 0').run()
    expect(await own.removeDead([ownName])).toEqual([])
  })
})
