import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'

/** Only the superuser of Linux can make a disk. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0

/** A disk of a size such as `3m` for all specs of a block. */
export function useDisk(size: string): { path: string } {
  const disk = { path: '' }
  beforeAll(() => {
    disk.path = mkdtempSync(join(tmpdir(), 'pq-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk.path])
  })
  afterAll(() => {
    execFileSync('umount', [disk.path])
    rmSync(disk.path, { recursive: true })
  })
  return disk
}
