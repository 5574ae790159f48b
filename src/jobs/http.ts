/** HTTP with kept-alive connections. */
export interface Http {
  /** As the `fetch` of Node. Its types are those of Node, too, which every project can name; those of undici it may not see. */
  readonly fetch: typeof globalThis.fetch
}

/** Loads undici on first use: most processes never need it. */
export const http: Http = {
  fetch: async (input, init) => {
    const undici = await import('undici')
    const fetch = undici.fetch as unknown as typeof globalThis.fetch
    return await fetch(input, init)
  },
}
