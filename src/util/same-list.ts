/** Whether two lists have the same members in the same order. */
export function isSameList<T>(list: readonly T[], other: readonly T[]): boolean {
  if (list === other) return true
  if (list.length !== other.length) return false
  for (let i = 0; i < list.length; i++) if (list[i] !== other[i]) return false
  return true
}
