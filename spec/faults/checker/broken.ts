/** What a run has broken: an invariant, or another expectation of it. */
export interface Broken {
  /** I1 to I12; else whose expectation it is. */
  readonly what: string
  /** How often. */
  readonly count: number
  /** One of these cases, in a sentence. */
  readonly example: string
}

/** @param found - one sentence a violation @returns nothing where there is none */
export function brokenBy(what: string, found: readonly string[]): readonly Broken[] {
  const [example] = found
  return example === undefined ? [] : [{ what, count: found.length, example }]
}

/** The same where sentences that are alike are one case, and others are cases of their own. */
export function eachBrokenBy(what: string, found: readonly string[]): readonly Broken[] {
  return [...new Set(found)].map((example) => ({
    what,
    count: found.filter((each) => each === example).length,
    example,
  }))
}

/** Number of violations. */
export function countOf(broken: readonly Broken[]): number {
  return broken.reduce((sum, { count }) => sum + count, 0)
}
