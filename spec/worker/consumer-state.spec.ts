import { describe, expect, it } from 'vitest'
import type { ConsumerEvent, ConsumerState } from '../../lib/worker/consumer-state.js'
import { TRANSITIONS } from '../../lib/worker/consumer-state.js'

const STATES = Object.keys(TRANSITIONS) as ConsumerState[]
const EVENTS: readonly ConsumerEvent[] = ['joined', 'lost', 'stop', 'leave']

/** The states that can be reached from one. */
function reachable(from: ConsumerState): ConsumerState[] {
  const found = new Set<ConsumerState>([from])
  for (const state of found) for (const event of EVENTS) found.add(TRANSITIONS[state][event])
  return [...found]
}

describe('the states of a consumer', () => {
  it('lead from joining to consuming by a lease, and back when it is lost', () => {
    expect(TRANSITIONS.joining.joined).toBe('consuming')
    expect(TRANSITIONS.consuming.lost).toBe('joining')
  })

  it('never lead from stopping back to a state that joins or claims', () => {
    expect(reachable('stopping')).toEqual(['stopping', 'left'])
  })

  it('end with left', () => {
    expect(reachable('left')).toEqual(['left'])
    for (const state of STATES) expect(TRANSITIONS[state].leave).toBe('left')
  })

  it('are the same after a second stop() and a second leave()', () => {
    for (const state of STATES) {
      for (const event of ['stop', 'leave'] as const) {
        const next = TRANSITIONS[state][event]
        expect(TRANSITIONS[next][event]).toBe(next)
      }
    }
  })
})
