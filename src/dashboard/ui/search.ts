import { useEffect } from 'preact/hooks'
import type { Signal } from '@preact/signals'
import { useSignal } from '@preact/signals'
import type { SearchProgress } from '../../operate/acts.js'
import type { TaskSummary } from '../../operate/looks.js'
import type { RequestError } from './api.js'
import { lines, requestErrorOf } from './api.js'

/** Most hits that are listed. An act takes all that match, listed or not. */
export const MOST_HITS = 500

/** @see `routes/looks.ts` */
interface Progress extends SearchProgress {
  /** What may be meant where nothing was found. */
  readonly hint?: string
}

type Found = { readonly hit: TaskSummary } | { readonly progress: Progress }

/** A search, as it comes. */
export interface Search {
  readonly hits: Signal<readonly TaskSummary[]>
  readonly progress: Signal<Progress | null>
  /** `full`: there are more hits than are listed. */
  readonly state: Signal<'looking' | 'over' | 'full'>
  readonly error: Signal<RequestError | null>
}

/** Looks for the tasks of a filter, with each change of it and of `turn`. '': there is nothing to look for. */
export function useSearch(text: string, turn: number): Search {
  const hits = useSignal<readonly TaskSummary[]>([])
  const progress = useSignal<Progress | null>(null)
  const state = useSignal<'looking' | 'over' | 'full'>(text === '' ? 'over' : 'looking')
  const error = useSignal<RequestError | null>(null)
  useEffect(() => {
    hits.value = []
    progress.value = null
    error.value = null
    if (text === '') return
    state.value = 'looking'
    const gone = new AbortController()
    const search = async (): Promise<void> => {
      const found: TaskSummary[] = []
      for await (const line of lines<Found>(`find?${new URLSearchParams({ q: text })}`, { signal: gone.signal })) {
        if ('progress' in line) progress.value = line.progress
        else found.push(line.hit)
        hits.value = found.slice(0, MOST_HITS)
        if (found.length < MOST_HITS) continue
        state.value = 'full'
        gone.abort()
        return
      }
      state.value = 'over'
    }
    search().catch((thrown: unknown) => {
      if (gone.signal.aborted) return
      state.value = 'over'
      error.value = requestErrorOf(thrown)
    })
    return () => gone.abort()
  }, [text, turn])
  return { hits, progress, state, error }
}
