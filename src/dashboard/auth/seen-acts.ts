import { splitWords } from '../../operate/filter/split-words.js'
import { looksIntoPayloads } from '../../operate/filter/terms.js'
import type { AuditEntry } from '../../stores/operations-store.js'
import type { Visitor } from './visitor.js'

/** Acts on a queue itself: their target is its bare name behind `queue:`. */
const ON_QUEUES: readonly string[] = ['pause', 'resume']

/**
 * Whether an act may be shown to a visitor of some queues: it is their own, or it names queues that they see by their whole names, and
 * no other. A pattern of queues may have meant others, and so may a filter without a queue.
 */
export function isSeenAct({ act, by, target }: AuditEntry, visitor: Visitor): boolean {
  if (visitor.seesAll || by === visitor.user) return true
  if (ON_QUEUES.includes(act)) return visitor.sees(target.slice('queue:'.length))
  const { words, quote } = splitWords(target)
  // A word without a key is part of a name: which name that is, is not known.
  if (quote !== '' || words.some(({ key }) => key === '')) return false
  if (words.some(({ key }) => looksIntoPayloads(key)) && !visitor.may('payloads')) return false
  const named = words.filter(({ key }) => key === 'queue')
  const isWhole = named.every(({ values }) =>
    values.every(([name, ...rest]) => typeof name === 'string' && rest.length === 0 && visitor.sees(name)),
  )
  return isWhole && named.some(({ isNegated, values }) => !isNegated && values.length > 0)
}
