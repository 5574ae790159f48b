import { types } from 'node:util'

/** Whether a value is a list. `Array.isArray` throws for a proxy that was revoked. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}

/** Whether a value is a list and no proxy: no trap of it can throw. */
export function isRealList(value: unknown): value is readonly unknown[] {
  return !types.isProxy(value) && Array.isArray(value)
}
