import type { Event } from '../history/event.js'

/** Longest time in which workers and producers go on once a new master takes writes, ms. */
const LIMIT = 10_000
/** What shows that they do: a producer has a task acknowledged, a worker starts one, and a producer sees one end. */
const STEPS = ['acknowledged', 'started', 'ended'] as const

/** Whether workers and producers have gone on by themselves, in time, after each new master. @returns one sentence for each that was late */
export function* lateAfterNewMasters(events: readonly Event[]): Iterable<string> {
  const queues = new Map(events.flatMap((event) => (event.e === 'sent' ? [[event.id, event.queue] as const] : [])))
  const isOf = (queue: string | null, id: string): boolean => queue === null || queues.get(id) === queue
  for (const [i, master] of events.entries()) {
    if (master.e !== 'new-master') continue
    for (const step of STEPS) {
      const next = events.slice(i + 1).find((event) => event.e === step && isOf(master.queue, event.id))
      // The load goes on until it is stopped, so that what never followed is late as well.
      const took = (next ?? events.at(-1) ?? master).at - master.at
      if (took > LIMIT) yield `for ${took.toFixed(0)} ms after a new master took writes, no task was seen to be ${step}`
    }
  }
}
