import type { Event } from '../history/event.js'

/** Longest time in which workers and producers go on once a new master takes writes, ms. */
const LIMIT = 10_000
/** `connectTimeout` of producers and workers, ms: no call is refused before that is over. */
const CONNECT_TIMEOUT = 10_000
/** What shows that they do: a producer has a task acknowledged, a worker starts one, and a producer sees one end. */
const STEPS = ['acknowledged', 'started', 'ended'] as const

type Step = (typeof STEPS)[number]

/** What followed after a new master took writes. */
export interface NewMaster {
  /** What was done to the one before; null: that was not told. */
  readonly after: string | null
  /** ms until the first of each. The load goes on until it is stopped, so that what never followed took until the end. */
  readonly took: Readonly<Record<Step, number>>
}

/** How long workers and producers took to go on after each new master. */
export function newMastersIn(events: readonly Event[]): readonly NewMaster[] {
  const queues = new Map(events.flatMap((event) => (event.e === 'sent' ? [[event.id, event.queue] as const] : [])))
  const isOf = (queue: string | null, id: string): boolean => queue === null || queues.get(id) === queue
  return events.flatMap((master, i) => {
    if (master.e !== 'new-master') return []
    const firsts = STEPS.map((step) => {
      const next = events.slice(i + 1).find((event) => event.e === step && isOf(master.queue, event.id))
      return [step, (next ?? events.at(-1) ?? master).at - master.at]
    })
    const fault = events.slice(0, i).findLast((event) => event.e === 'fault')
    return [
      {
        after: fault?.e === 'fault' ? fault.name : null,
        took: Object.fromEntries(firsts) as Record<Step, number>,
      },
    ]
  })
}

/** The longest time from a new master to the first task that starts, and to the first that is seen to end, ms, by what was done before. */
export function longestAfterNewMasters(
  events: readonly Event[],
): Readonly<Record<string, { readonly started: number; readonly ended: number }>> {
  const longest: Record<string, { started: number; ended: number }> = {}
  for (const { after, took } of newMastersIn(events)) {
    const before = longest[after ?? 'unknown'] ?? { started: 0, ended: 0 }
    longest[after ?? 'unknown'] = {
      started: Math.max(before.started, Math.round(took.started)),
      ended: Math.max(before.ended, Math.round(took.ended)),
    }
  }
  return longest
}

/** Whether workers and producers have gone on by themselves, in time, after each new master. @returns one sentence for each that was late */
export function* lateAfterNewMasters(events: readonly Event[]): Iterable<string> {
  for (const { took } of newMastersIn(events)) {
    for (const step of STEPS) {
      if (took[step] <= LIMIT) continue
      yield `for ${took[step].toFixed(0)} ms after a new master took writes, no task was seen to be ${step}`
    }
  }
}

/** Calls that were refused although their time was not up. @returns one sentence each */
export function* refusedTooSoon(events: readonly Event[]): Iterable<string> {
  const sentAt = new Map(events.flatMap((event) => (event.e === 'sent' ? [[event.id, event.at] as const] : [])))
  for (const event of events) {
    if (event.e !== 'refused') continue
    const waited = event.at - (sentAt.get(event.id) ?? event.at)
    if (waited < CONNECT_TIMEOUT) yield `${event.id} was refused after ${waited.toFixed(0)} ms: ${event.code}`
  }
}

/** Both of them. */
export function* failedByNewMasters(events: readonly Event[]): Iterable<string> {
  yield* lateAfterNewMasters(events)
  yield* refusedTooSoon(events)
}
