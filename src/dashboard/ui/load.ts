import { useEffect, useRef, useState } from 'preact/hooks'
import type { RequestError } from './api.js'
import { requestErrorOf } from './api.js'

/** Time until what could not be loaded is loaded again, where the server or its store was away, ms. */
const AGAIN_AFTER = 2_000

/** What is being loaded: the last value stays until the next one is there. */
export interface Loaded<T> {
  readonly value: T | null
  readonly error: RequestError | null
  readonly reload: () => void
}

/**
 * Loads with each change of `inputs`. An answer that comes after the next request has begun is dropped.
 *
 * @param inputs - what the request depends on; a change of what comes after the first one keeps the old value
 */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, inputs: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<{ value: T | null; error: RequestError | null }>({ value: null, error: null })
  const [turn, setTurn] = useState(0)
  const of = useRef(inputs[0])
  useEffect(() => {
    const gone = new AbortController()
    let again: ReturnType<typeof setTimeout> | undefined
    if (of.current !== inputs[0]) setState({ value: null, error: null })
    of.current = inputs[0]
    load(gone.signal).then(
      (value) => {
        if (!gone.signal.aborted) setState({ value, error: null })
      },
      (error: unknown) => {
        if (gone.signal.aborted) return
        const known = requestErrorOf(error)
        setState(({ value }) => ({ value, error: known }))
        if (known.isAway) {
          again = setTimeout(() => {
            setTurn((before) => before + 1)
          }, AGAIN_AFTER)
        }
      },
    )
    return () => {
      gone.abort()
      clearTimeout(again)
    }
  }, [...inputs, turn])
  return {
    ...state,
    reload: () => {
      setTurn((before) => before + 1)
    },
  }
}
