/** Text of each file of the benchmarks' page, by its path from the root of the repository. */
export function benchmarkFiles(results: {
  readonly compare?: unknown
  readonly growth?: unknown
  readonly variants?: unknown
}): Readonly<Record<string, string>>
