import type { StoreAdvice } from '../stores/store-advice.js'
import { systemTime } from '../util/timers.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import type { DoctorCheck } from './looks.js'
import { inWords } from './in-words.js'

/** Advice on what loses tasks that the store has taken, though nothing has failed: a fault. */
const LOSING = ['maxmemory-policy', 'appendonly']
/** Difference of two clocks that is a warning, ms. */
export const WRONG_CLOCK = 2_000

/** What the store is, what in its set-up loses tasks, and whether it has room. What is only to be told is no warning. */
export async function checkStore(parts: ControlParts): Promise<DoctorCheck[]> {
  const { broker } = parts
  const [advice, { servers, findings }] = await Promise.all([
    broker.advice(),
    operationsOf(parts, 'what a diagnosis needs').condition(),
  ])
  const server: DoctorCheck = { name: 'server', state: 'ok', says: servers.join(', '), fix: null }
  return [server, ...advice.map(checkOf), ...findings]
}

function checkOf({ name, level, says, fix }: StoreAdvice): DoctorCheck {
  if (level === 'info') return { name, state: 'info', says: `${says}; ${fix}`, fix: null }
  return { name, state: LOSING.includes(name) ? 'fault' : 'warning', says, fix }
}

/**
 * The clock of this machine: delays and schedules go by that of the store.
 *
 * @param before - when the store was asked for its time, ms since the epoch
 * @param now - what it has answered; null: nobody has asked
 */
export function checkClock(before: number, now: number | null): DoctorCheck[] {
  if (now === null) return []
  const off = now < before ? now - before : Math.max(0, now - systemTime())
  if (Math.abs(off) < WRONG_CLOCK) return []
  const says = `the clock of this machine is ${inWords(Math.abs(off))} ${off > 0 ? 'behind' : 'before'} that of the store`
  return [{ name: 'clock', state: 'warning', says, fix: 'set both by NTP' }]
}
