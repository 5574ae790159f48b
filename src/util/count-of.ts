/**
 * A number with its thousands apart: `2,000`. By hand: the formats of a language that `toLocaleString` reads are 9 MB of memory, for a worker
 * that formats nothing else.
 */
export function counted(number: number): string {
  const [whole = '', fraction] = String(number).split('.')
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? apart : `${apart}.${fraction}`
}

/** A number with its thousands apart, and what is counted: `1 task`, `2,000 tasks`. @param one - its name in the singular; the plural has an s */
export function countOf(number: number, one: string): string {
  return `${counted(number)} ${one}${number === 1 ? '' : 's'}`
}
