import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Ids of the processes that a process has started and that live. */
export function childrenOf(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' }).trim().split('\n')
  return lines.flatMap((line) => {
    const [pid, of, state = ''] = line.trim().split(/\s+/)
    return Number(of) === parent && !state.startsWith('Z') ? [Number(pid)] : []
  })
}

/** Whether a process lives. A zombie has ended: it only waits for its parent. */
export function isAlive(pid: number): boolean {
  try {
    if (process.platform === 'linux')
      return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'))
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
