import { signal } from '@preact/signals'

/** The time, for what is shown as "ago": it moves once a second while the page is seen. */
export const now = signal(Date.now())
setInterval(() => {
  if (!document.hidden) now.value = Date.now()
}, 1_000)
