import { injectedOf } from '../checker/figures.js'
import type { Event } from '../history/event.js'
import type { Scenario } from './scenario.js'

/** How often each fault of a run was injected, by its name. */
export function shownBy({ seen }: Scenario, events: readonly Event[]): Readonly<Record<string, number>> {
  return { ...injectedOf(events), ...seen?.(events) }
}

/** Names of what a scenario shows, and has not yet. */
export function notShown(scenario: Scenario, events: readonly Event[]): readonly string[] {
  const shown = shownBy(scenario, events)
  return (scenario.shows ?? []).filter((name) => (shown[name] ?? 0) === 0)
}
