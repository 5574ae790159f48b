/** Median, least and most of some numbers. */
export function summary(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return { median: percentile(sorted, 0.5), min: sorted[0], max: sorted.at(-1) }
}

/** @param sorted - numbers in order @param share - 0 to 1 */
export function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}
