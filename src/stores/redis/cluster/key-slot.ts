import { slotOf } from '../layout/partition-tag.js'

/** Most hash tags to remember. */
const MOST_TAGS = 10_000

const known = new Map<string, number>()

/** The slot of a key or channel: that of its hash tag, where it has one. */
export function slotOfKey(key: string): number {
  const start = key.indexOf('{')
  const end = start < 0 ? -1 : key.indexOf('}', start + 1)
  const tag = end > start + 1 ? key.slice(start + 1, end) : key
  let slot = known.get(tag)
  if (slot === undefined) {
    slot = slotOf(tag)
    if (known.size >= MOST_TAGS) known.clear()
    known.set(tag, slot)
  }
  return slot
}
