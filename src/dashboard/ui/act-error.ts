import { useEffect } from 'preact/hooks'
import type { Signal } from '@preact/signals'
import { useSignal } from '@preact/signals'
import type { RequestError } from './api.js'
import { beat, liveState } from './live.js'

/** Why the last act of a page was refused. That the store was away is told until an update shows that it is back. */
export function useActError(): Signal<RequestError | null> {
  const error = useSignal<RequestError | null>(null)
  useEffect(() => {
    if (error.value?.isAway === true && liveState.value === 'live') error.value = null
  }, [beat.value])
  return error
}
