import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { HeldRow, HeldRows } from './hold-rows.js'
import { holdRows } from './hold-rows.js'
import { rowOf } from './rows.js'

/** A list that is held still, and what to tell it. */
export interface HeldList<T> extends HeldRows<T> {
  /** Tells whether the mouse is over the list: all rows stay then, as they do behind a dialog. */
  readonly setOver: (isOver: boolean) => void
  /** Shows the list as it is now. */
  readonly release: () => void
}

/**
 * Holds the rows of a list with live updates. Without a value, it begins anew with the next one.
 *
 * @param fresh - the list as it is now; null: it is not known yet
 */
export function useHeldRows<T extends { readonly id: string }>(fresh: readonly T[] | null): HeldList<T> {
  const shown = useRef<readonly HeldRow<T>[]>([])
  const isOver = useSignal(false)
  const releases = useSignal(0)
  // Read here, so that the list is shown anew when they change.
  const [over] = [isOver.value, releases.value]
  const isStill = over || document.querySelector('dialog[open]') !== null
  const focused = rowOf(document.activeElement)?.dataset['key']
  const isKnown = fresh !== null
  const held = holdRows<T>(shown.current, fresh ?? [], (id) => isKnown && (isStill || id === focused))
  shown.current = held.rows
  useEffect(() => {
    // A list that is taken away does not tell that the mouse has left it.
    if (!isKnown) isOver.value = false
  }, [isKnown])
  return {
    ...held,
    setOver: (next) => {
      isOver.value = next
    },
    release: () => {
      shown.current = []
      releases.value += 1
    },
  }
}
