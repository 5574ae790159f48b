/** Places of the values that have a gap on both sides: a line does not show them. */
export function lonePoints(values: readonly (number | null | undefined)[]): number[] {
  const isKnown = (at: number): boolean => typeof values[at] === 'number'
  return [...values.keys()].filter((at) => isKnown(at) && !isKnown(at - 1) && !isKnown(at + 1))
}
