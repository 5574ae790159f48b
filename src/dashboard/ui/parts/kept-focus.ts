import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import { rowOf, rowsOf } from '../rows.js'

/**
 * Keeps the focus in a table over its updates. A row that is moved takes it along; where a row is gone, the row that has come in its place
 * gets it.
 */
export function useKeptFocus(table: RefObject<HTMLElement | null>): void {
  const active = document.activeElement
  const inside = active instanceof HTMLElement && table.current?.contains(active) === true ? active : null
  const row = rowOf(inside)
  const at = row === null ? -1 : rowsOf(table.current).indexOf(row)
  useLayoutEffect(() => {
    if (inside === null || document.activeElement === inside) return
    const rows = rowsOf(table.current)
    const next = inside.isConnected ? inside : rows[Math.min(at, rows.length - 1)]
    next?.focus({ preventScroll: true })
  })
}
