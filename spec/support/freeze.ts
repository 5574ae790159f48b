import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { openDatabase } from '../../lib/stores/embedded/database/sqlite.js'

/** Stops a process, but not in the middle of a write to SQLite: nobody could write until it goes on. */
export function freeze(process: ChildProcess, storeUrl: string): void {
  process.kill('SIGSTOP')
  while (!isFree(storeUrl)) {
    process.kill('SIGCONT')
    process.kill('SIGSTOP')
  }
}

/** Whether somebody else can write to the store; in Redis nobody is in the way. */
function isFree(url: string): boolean {
  if (!url.startsWith('embedded:')) return true
  return ['queue.db', 'leases.db'].every((name) => {
    const db = openDatabase(join(url.slice('embedded:'.length), name))
    try {
      db.exec('PRAGMA busy_timeout = 500; BEGIN IMMEDIATE; ROLLBACK')
      return true
    } catch {
      return false
    } finally {
      db.close()
    }
  })
}
