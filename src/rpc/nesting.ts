/** Whether a parsed value has more levels of objects and lists than that. Goes level by level: it may be a million. */
export function nestedDeeperThan(value: unknown, levels: number): boolean {
  let level = [value].filter(isNested)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === levels) return true
    level = level.flatMap((each) => Object.values(each) as unknown[]).filter(isNested)
  }
  return false
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
