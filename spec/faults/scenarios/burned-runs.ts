import type { Event } from '../history/event.js'

/** Tasks of a load without failures whose end counts more than one run: a release has burned a retry. */
export function* burnedRuns(events: readonly Event[]): Iterable<string> {
  for (const event of events)
    if (event.e === 'ended' && event.run > 1) yield `${event.id} ended in run ${String(event.run)}, and none has failed`
}
