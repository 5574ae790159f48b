import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'
import { systemTime } from '../../../util/timers.js'

/** Identifies this start of the machine: monotonic times of another start mean nothing. */
export const BOOT_ID = bootId()

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // Elsewhere the rough moment of the start. Two processes may round it differently, or the clock may be set: so
    // another boot id alone condemns nobody.
    return `boot-${String(Math.round((systemTime() / 1_000 - uptime()) / 60))}`
  }
}

/** ms on a clock that all processes of the machine share and that nobody sets. */
export function monotonic(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000
}
