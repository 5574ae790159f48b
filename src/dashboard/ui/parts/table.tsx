import type { ComponentChildren, JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { rowOf } from '../rows.js'
import { useKeptFocus } from './kept-focus.js'

/** A column of a table. */
export interface Column<T> {
  readonly name: string
  readonly cell: (row: T) => ComponentChildren
  /** What rows are sorted by; without it the column cannot be sorted. */
  readonly by?: (row: T) => number | string
  readonly isNumber?: boolean
  /** What the column means, where its name does not say it. */
  readonly title?: string
}

/**
 * A table that scrolls inside its own region. Its rows can be chosen where `chosen` is given. The keys `j` and `k` move the focus from row to
 * row, and Tab comes back to the row that had it last.
 */
export function Table<T>({
  caption,
  columns,
  rows,
  keyOf,
  sortedBy = '',
  chosen,
  onChoose,
}: {
  readonly caption: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly keyOf: (row: T) => string
  /** Name of the column by which the rows are sorted at first; '': as they come. */
  readonly sortedBy?: string
  readonly chosen?: ReadonlySet<string>
  readonly onChoose?: (keys: ReadonlySet<string>) => void
}): JSX.Element {
  const sort = useSignal({ name: sortedBy, isDown: true })
  const sorted = sortRows(rows, columns, sort.value)
  const keys = sorted.map(keyOf)
  const table = useRef<HTMLTableElement>(null)
  const last = useSignal('')
  useKeptFocus(table)
  const choose = (change: (set: Set<string>) => void): void => {
    const next = new Set(chosen)
    change(next)
    onChoose?.(next)
  }
  return (
    <div class="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table ref={table}>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {chosen && (
              <th scope="col" class="choice">
                <input
                  type="checkbox"
                  aria-label="all rows"
                  checked={keys.length > 0 && keys.every((key) => chosen.has(key))}
                  onChange={({ currentTarget }) =>
                    choose((set) => {
                      for (const key of keys) {
                        if (currentTarget.checked) set.add(key)
                        else set.delete(key)
                      }
                    })
                  }
                />
              </th>
            )}
            {columns.map(({ name, by, isNumber, title }) => (
              <th
                key={name}
                scope="col"
                title={title}
                class={isNumber ? 'number' : ''}
                aria-sort={
                  by && sort.value.name === name ? (sort.value.isDown ? 'descending' : 'ascending') : undefined
                }
              >
                {by ? (
                  <button
                    type="button"
                    class="sort"
                    onClick={() => {
                      sort.value = { name, isDown: sort.value.name === name ? !sort.value.isDown : true }
                    }}
                  >
                    {name}
                    <span aria-hidden="true">{sort.value.name === name ? (sort.value.isDown ? ' ▾' : ' ▴') : ''}</span>
                  </button>
                ) : (
                  name
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody
          onFocusCapture={({ target }) => {
            last.value = rowOf(target as Element)?.dataset['key'] ?? ''
          }}
        >
          {sorted.map((row) => {
            const key = keyOf(row)
            return (
              <tr key={key} data-key={key} tabIndex={key === last.value ? 0 : -1}>
                {chosen && (
                  <td class="choice">
                    <input
                      type="checkbox"
                      aria-label={`choose ${key}`}
                      checked={chosen.has(key)}
                      onChange={() => choose((set) => (set.has(key) ? set.delete(key) : set.add(key)))}
                    />
                  </td>
                )}
                {columns.map(({ name, cell, isNumber }) => (
                  <td key={name} class={isNumber ? 'number' : ''}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function sortRows<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  { name, isDown }: { readonly name: string; readonly isDown: boolean },
): readonly T[] {
  const by = columns.find((column) => column.name === name)?.by
  if (!by) return rows
  const sign = isDown ? -1 : 1
  return [...rows].sort((a, b) => {
    const [left, right] = [by(a), by(b)]
    return left === right ? 0 : left < right ? -sign : sign
  })
}
