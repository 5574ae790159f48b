import { session } from './api.js'

/** A page of the menu. */
export interface MenuPage {
  /** Its path below `#/`; '': the first page. */
  readonly path: string
  readonly name: string
  /** The keys that open it behind `g`. */
  readonly keys: readonly string[]
}

const PAGES: readonly MenuPage[] = [
  { path: '', name: 'Overview', keys: ['o', 'q'] },
  { path: 'tasks', name: 'Tasks', keys: ['t'] },
  { path: 'problems', name: 'Problems', keys: ['p'] },
  { path: 'jobs', name: 'Jobs', keys: ['j'] },
  { path: 'workers', name: 'Workers', keys: ['w'] },
  { path: 'schedules', name: 'Schedules', keys: ['s'] },
  { path: 'audit', name: 'Audit', keys: ['a'] },
  { path: 'doctor', name: 'Doctor', keys: ['d'] },
]

/** The pages that this store has something to show on; none before it is known who looks. */
export function menu(): readonly MenuPage[] {
  const of = session.value
  if (of === null || of === 'unknown') return []
  return PAGES.filter(({ path }) => path !== 'problems' || of.keeps.problems)
}
