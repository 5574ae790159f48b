/**
 * Polls `look`, and resolves with its first value that is not undefined. For conditions without an event, such as a line in
 * another process's file. After `patience` ms it throws an error that names the condition.
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  patience = 30_000,
): Promise<T> {
  const bound = performance.now() + patience
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > bound) throw new Error(`waited ${String(patience / 1_000)} s for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
