/** Path of a Redis or Valkey server program; fetched where there is none. */
export function findRedisServer(): Promise<string>
/** Path of a server that has WAITAOF; where there is none, why. */
export function findNewerServer(): Promise<{ path: string } | { path: null; why: string }>
