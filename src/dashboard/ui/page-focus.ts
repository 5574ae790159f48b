/**
 * Keeps the focus on the page where its holder is taken away: in a dialog it goes to the button that closes it, else to the heading of the
 * page. Whoever works without a mouse would begin anew at the top otherwise.
 */
export function keepPageFocus(): void {
  let last: Element | null = null
  addEventListener('focusin', ({ target }) => {
    last = target instanceof Element ? target : null
  })
  const watch = new MutationObserver(() => {
    if (last === null || last.isConnected) return
    last = null
    // A list that is drawn anew may give it to another row, and a dialog that closes gives it back.
    requestAnimationFrame(() => {
      if (document.activeElement !== document.body) return
      const next = document.querySelector<HTMLElement>('dialog[open] .buttons button') ?? document.querySelector('h1')
      next?.focus({ preventScroll: true })
    })
  })
  watch.observe(document.body, { childList: true, subtree: true })
}
