/** A number with its thousands apart, and what is counted: `1 task`, `2,000 tasks`. @param one - its name in the singular; the plural has an s */
export function countOf(number: number, one: string): string {
  return `${number.toLocaleString('en-US')} ${one}${number === 1 ? '' : 's'}`
}
