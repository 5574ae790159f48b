import { InvalidSettingError } from '../errors.js'
import type { DurabilityName } from '../model/durability.js'
import { isDurability, listed } from '../model/durability.js'

/**
 * The durability of a store: that of its URL, or that of the setting.
 *
 * @param known - those that the store knows, the weakest first, which is the default
 * @param inUrl - what the URL says; null: nothing
 * @param given - the setting; null or absent: it was not given
 * @param address - of the store, without password
 * @throws {@link InvalidSettingError} where the store does not know the setting, or the URL says something else
 */
export function resolveDurability<Name extends DurabilityName>(
  known: readonly [Name, ...Name[]],
  inUrl: Name | null,
  given: DurabilityName | null | undefined,
  address: string,
): Name {
  if (given === null || given === undefined) return inUrl ?? known[0]
  const received = `'${given}'`
  if (!isDurability(known, given)) {
    throw new InvalidSettingError('durability', `one that ${address} knows: ${listed(known)}`, received, 'settings')
  }
  if (inUrl !== null && inUrl !== given) {
    const expected = `'${inUrl}', as the URL of ${address} says`
    throw new InvalidSettingError('durability', expected, received, 'settings', 'leave one of the two out')
  }
  return given
}
