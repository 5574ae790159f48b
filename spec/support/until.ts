/**
 * Resolves with the first value of `look` that is not undefined. For what announces itself nowhere, such as a line in
 * another process's file; gives up with what it waited for.
 */
export async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const bound = performance.now() + 30_000
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > bound) throw new Error(`waited 30 s for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
