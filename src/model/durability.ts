/**
 * What a store must have done with a task before it is acknowledged, as users write it.
 *
 * Redis: `async` it is in the memory of the master | `replica`, `replicas:n` so many replicas have it, too | `all` all replicas that
 * are connected, one at least | `fsync` it is in the log on the master's disk | `fsync+replica` both.
 * Embedded: `normal` it is written, and survives the death of any process | `full` it is on the disk, and survives a loss of power.
 */
export type DurabilityName =
  'async' | 'replica' | `replicas:${number}` | 'all' | 'fsync' | 'fsync+replica' | 'normal' | 'full'

/** Those that Redis knows, the weakest first. `replicas:2` stands for any number. */
export const REDIS_DURABILITIES = ['async', 'replica', 'replicas:2', 'all', 'fsync', 'fsync+replica'] as const
/** Those that an embedded store knows, the weakest first. */
export const EMBEDDED_DURABILITIES = ['normal', 'full'] as const

/** All forms, as errors and docs name them. */
export const DURABILITY_FORMS = listed([...REDIS_DURABILITIES, ...EMBEDDED_DURABILITIES])

const SOME_REPLICAS = /^replicas:([1-9]\d?|100)$/

/** Durabilities as a sentence lists them: `'normal' or 'full'`. */
export function listed(names: readonly DurabilityName[]): string {
  return names
    .map((name) => `'${name}'`)
    .join(', ')
    .replace(/, (?='[^']*'$)/, ' or ')
}

/** Whether a value is one of these durabilities. Where they have some `replicas:n`, any number up to 100 is. */
export function isDurability<Name extends DurabilityName>(known: readonly Name[], value: unknown): value is Name {
  if (typeof value !== 'string') return false
  return known.some((name) => name === value || (SOME_REPLICAS.test(name) && SOME_REPLICAS.test(value)))
}

/** Whether a value is a durability of any store of this package. */
export function isAnyDurability(value: unknown): value is DurabilityName {
  return isDurability<DurabilityName>([...REDIS_DURABILITIES, ...EMBEDDED_DURABILITIES], value)
}
