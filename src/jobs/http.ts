import type { fetch as undiciFetch } from 'undici'

/** HTTP with kept-alive connections. */
export interface Http {
  readonly fetch: typeof undiciFetch
}

/** Loads undici on first use: most processes never ask for it. */
export const http: Http = {
  fetch: async (input, init) => {
    const undici = await import('undici')
    return await undici.fetch(input, init)
  },
}
