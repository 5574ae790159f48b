/** Median, least and most of some numbers; null where there are none. */
export function summary(values) {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  return { median, min: sorted[0], max: sorted.at(-1) }
}

/** The same of one member of measurements, of those that have it. */
export function summaryOf(measurements, member) {
  return summary(measurements.map((each) => each[member]).filter((value) => typeof value === 'number'))
}

/** @param sorted - numbers in order @param share - 0 to 1 */
export function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}
