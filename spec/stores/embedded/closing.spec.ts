import { readdirSync, readlinkSync } from 'node:fs'
import { platform } from 'node:os'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../../lib/stores/embedded/database/sqlite.js'
import { newTask, StoreDirectory, QUEUE } from './support.js'

/** Files of a directory that this process has open. */
function openFiles(directory: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.startsWith(directory) ? [path] : []
    } catch {
      // The descriptor by which the directory itself was listed.
      return []
    }
  })
}

/** Descriptors for watching files that this process has open. */
function watchers(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:inotify'
    } catch {
      return false
    }
  }).length
}

describe.runIf(platform() === 'linux')('closing an embedded store', () => {
  const shared = new StoreDirectory()

  it('leaves no file open, however often it is opened', async () => {
    for (let cycle = 0; cycle < 50; cycle++) {
      const broker = await shared.open()
      await broker.openInbox('in', () => undefined)
      await broker.queue(QUEUE, [newTask(`t${String(cycle)}`)])
      await broker.close()
      expect(openFiles(shared.path)).toEqual([])
    }
    // Node keeps one for all watchers of the process.
    expect(watchers()).toBeLessThanOrEqual(1)
  })

  it('leaves no file open after an opening that was refused', async () => {
    await (await shared.open()).close()
    const db = openDatabase(`${shared.path}/leases.db`)
    db.exec('PRAGMA user_version = 99')
    db.close()
    for (let i = 0; i < 5; i++) await expect(shared.open()).rejects.toThrow('layout')
    await shared.open(`${shared.url}/other`).then((broker) => broker.close())
    expect(openFiles(shared.path)).toEqual([])
  })
})
