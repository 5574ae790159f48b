import type { ComponentChildren, JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { RequestError } from '../api.js'
import { get } from '../api.js'
import { beat } from '../live.js'
import { useLoaded } from '../load.js'
import { Heading, Nothing, Trouble } from './basics.js'
import type { Column } from './table.js'
import { Table } from './table.js'

/** A page that loads one list, again with each update. */
export function Listed<T>({
  title,
  path,
  columns,
  keyOf,
  nothing,
  note = null,
  error: failed,
  news,
  onRows,
}: {
  readonly title: string
  readonly path: string
  readonly columns: readonly Column<T>[]
  readonly keyOf: (row: T) => string
  /** What is said where there is no row. */
  readonly nothing: string
  /** What is said above the rows. Default: nothing. */
  readonly note?: string | null
  readonly error?: RequestError | null
  /** What the viewer has done here last. */
  readonly news?: ComponentChildren
  /** Called with what was loaded. */
  readonly onRows?: (rows: readonly T[]) => void
}): JSX.Element {
  const { value, error, reload } = useLoaded<{ readonly rows: readonly T[] }>(
    async (signal) => await get(path, {}, signal),
    [path, beat.value],
  )
  useEffect(() => {
    if (value !== null) onRows?.(value.rows)
  }, [value])
  return (
    <>
      <Heading title={title} />
      <Trouble error={failed ?? null} />
      <p role="status">{news}</p>
      <Trouble error={error} retry={reload} />
      {value === null ? (
        error === null && <Nothing>Loading …</Nothing>
      ) : value.rows.length === 0 ? (
        <Nothing>{nothing}</Nothing>
      ) : (
        <>
          {note !== null && <p class="dim">{note}</p>}
          <Table caption={title} columns={columns} rows={value.rows} keyOf={keyOf} />
        </>
      )}
    </>
  )
}
