import type { LayoutVersionError } from '../errors.js'
import type { Explanation } from './looks.js'

/** Why a task cannot be looked up: its queue, or the whole store, has data of another version. */
export function explainLayout(id: string, { place, found, expected }: LayoutVersionError): Explanation {
  const says = `${place} has data of layout ${found}, and this version reads layout ${expected}: it may be there`
  const fix = 'run the version that wrote the data, or drain it with that version and move to an empty store'
  const reason = { code: 'LAYOUT', says, evidence: { place, found, expected }, fix } as const
  return { id, state: 'gone', says: `${id} may be in data of another version`, reasons: [reason], task: null }
}
