/** A row of a list that is held still. */
export type HeldRow<T> = T & {
  /** It is in the list no more, and stays until the mouse and the focus have left it. */
  readonly isGone?: true
}

/** What is shown of a list that changes while somebody looks at it. */
export interface HeldRows<T> {
  readonly rows: readonly HeldRow<T>[]
  /** Number of rows that have come since, and are not shown yet. */
  readonly news: number
}

/**
 * Rows that are shown keep their places and get their new values; rows that come wait. Where none would be left, all are shown.
 *
 * @param shown - ids of the rows in the order in which they stand; empty: nothing is shown yet
 * @param stays - whether a row that is gone stays where it is
 */
export function holdRows<T extends { readonly id: string }>(
  shown: readonly HeldRow<T>[],
  fresh: readonly T[],
  stays: (id: string) => boolean,
): HeldRows<T> {
  const byId = new Map(fresh.map((row) => [row.id, row]))
  const rows = shown.flatMap((row): HeldRow<T>[] => {
    const now = byId.get(row.id)
    if (now !== undefined) return [now]
    return stays(row.id) ? [{ ...row, isGone: true }] : []
  })
  if (rows.length === 0) return { rows: fresh, news: 0 }
  const known = new Set(rows.map(({ id }) => id))
  return { rows, news: fresh.filter(({ id }) => !known.has(id)).length }
}
