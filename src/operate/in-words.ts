const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** A length of time in its largest units: `4 min 12 s`. @param ms - a negative one counts as 0 @param units - most of them */
export function inWords(ms: number, units = 2): string {
  const whole = Math.max(0, Math.round(ms))
  if (whole < 1_000) return `${String(whole)} ms`
  const first = UNITS.findIndex(([, unit]) => whole >= unit)
  let left = whole
  const parts: string[] = []
  for (const [name, unit] of UNITS.slice(first, first + units)) {
    const count = Math.floor(left / unit)
    left -= count * unit
    if (count > 0) parts.push(`${String(count)} ${name}`)
  }
  return parts.join(' ')
}
