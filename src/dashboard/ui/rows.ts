/** The row that an element is in, or is. */
export function rowOf(element: Element | null): HTMLElement | null {
  return element?.closest<HTMLElement>('tr[data-key]') ?? null
}

/** The rows of a table, without its head. */
export function rowsOf(table: Element | null | undefined): HTMLElement[] {
  return [...(table?.querySelectorAll<HTMLElement>('tr[data-key]') ?? [])]
}

/**
 * Moves the focus to the next row of the list that has it, or of the first one of the page. A list to which the focus comes back goes on
 * where it was left.
 */
export function moveRow(by: 1 | -1): void {
  const present = rowOf(document.activeElement)
  const first = document.querySelector('main tr[data-key][tabindex="0"]') ?? document.querySelector('main tr[data-key]')
  const rows = rowsOf((present ?? first)?.closest('table'))
  const next = present === null ? rowOf(first) : rows[rows.indexOf(present) + by]
  next?.focus()
}

/** Chooses the row that has the focus, or takes that back. */
export function chooseRow(): void {
  rowOf(document.activeElement)?.querySelector<HTMLElement>('.choice input')?.click()
}

/** Opens what a row that has the focus is about. Links and buttons in it have their own Enter. */
export function openRow(): void {
  const row = document.activeElement
  if (row !== null && row === rowOf(row)) row.querySelector<HTMLElement>('a[href]')?.click()
}
