/** Ctrl-C ends a long work where it can be ended; a second one ends the process. */
export function abortOnInterrupt(): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController()
  const abort = (): void => {
    controller.abort()
  }
  process.once('SIGINT', abort)
  return {
    signal: controller.signal,
    end: () => {
      process.off('SIGINT', abort)
    },
  }
}
