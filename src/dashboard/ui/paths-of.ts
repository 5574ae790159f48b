/** Most paths that are taken from one value. */
const MOST = 100
/** Levels of a value that are looked at. */
const DEEPEST = 6
/** Items of a list that are looked at. */
const ITEMS = 10

/** The paths by which a filter finds what is in a value: `args.customer`, `args.items.id`. Items of lists need no number. */
export function pathsOf(head: string, value: unknown): readonly string[] {
  const found = new Set<string>()
  const look = (path: string, part: unknown, depth: number): void => {
    if (found.size >= MOST || depth > DEEPEST) return
    if (Array.isArray(part)) for (const item of part.slice(0, ITEMS)) look(path, item, depth + 1)
    else if (typeof part !== 'object' || part === null) found.add(path)
    else {
      for (const [name, member] of Object.entries(part)) {
        // A filter takes a dot for the next level.
        if (name !== '' && !name.includes('.')) look(`${path}.${name}`, member, depth + 1)
      }
    }
  }
  look(head, value, 0)
  found.delete(head)
  return [...found]
}
