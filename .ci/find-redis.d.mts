/** Path of a Redis or Valkey server program; fetched where there is none. */
export function findRedisServer(): Promise<string>
