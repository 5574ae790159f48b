import type { Manifest, ParameterManifest } from '../../model/manifest.js'
import { checkValue } from './check-value.js'

type Arguments = Readonly<Record<string, unknown>>

/**
 * Puts the arguments of a call in the order of the parameters, in one pass that makes nothing else. It is for what tasks mostly bring: a
 * plain object whose members are known, present and right.
 *
 * @returns null where anything is not so for certain: `checkArguments` finds out, and says what is wrong
 */
export function plainArguments(
  parameters: readonly ParameterManifest[],
  args: Arguments,
  types: Manifest['types'] = NO_TYPES,
): unknown[] | null {
  try {
    return inOrder(parameters, args, types)
  } catch {
    // A getter or a Proxy has thrown, or a check.
    return null
  }
}

const NO_TYPES: NonNullable<Manifest['types']> = {}

function inOrder(
  parameters: readonly ParameterManifest[],
  args: Arguments,
  types: NonNullable<Manifest['types']>,
): unknown[] | null {
  if (Object.getPrototypeOf(args) !== Object.prototype) return null
  const ordered = new Array<unknown>(parameters.length)
  let given = 0
  for (let i = 0; i < ordered.length; i += 1) {
    const parameter = parameters[i]
    if (parameter === undefined) return null
    const { name, check, optional } = parameter
    const value = args[name]
    ordered[i] = value
    if (value !== undefined) {
      if (check !== 'any' && checkValue(check, value, name, types) !== null) return null
      given += 1
    } else if (optional !== true) return null
  }
  // As many names as there are arguments for parameters: then there is no other one.
  for (const name in args) {
    if (!Object.hasOwn(args, name)) return null
    given -= 1
  }
  return given === 0 ? ordered : null
}
