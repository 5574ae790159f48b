import { createHash, randomBytes } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { BOOT_ID } from '../database/clock.js'

/** Identifies this start of the machine and this container, outside of which a process id means nothing. */
const SPACE = createHash('sha256').update(`${BOOT_ID} ${pidNamespace()}`).digest('hex').slice(0, 8)

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

/** A name for a process that uses a store; also that of its file in `wake/`. */
export function newProcessName(): string {
  return `${SPACE}-${String(process.pid)}-${randomBytes(6).toString('hex')}`
}

/** Whether a process has certainly ended. False where that is unknown; then its entry expires by itself. */
export function hasEnded(name: string): boolean {
  const [space, pid] = name.split('-')
  if (space !== SPACE) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}
