import { distance } from 'fastest-levenshtein'
import { described, InvalidArgumentsError } from '../errors.js'
import type { Manifest, ParameterManifest } from '../model/manifest.js'
import { checkValue } from './check-value.js'

/**
 * Checks arguments against a job's parameters: names, which may be left out, and types as far as they are known.
 *
 * @returns the arguments as they go on the wire: those that are not undefined
 * @throws {@link InvalidArgumentsError} for the first that is wrong
 */
export function checkArguments(
  job: string,
  parameters: readonly ParameterManifest[],
  args: Readonly<Record<string, unknown>>,
  types: Manifest['types'] = {},
): Readonly<Record<string, unknown>> {
  const given: unknown = args
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidArgumentsError(job, 'list', 'an object with the arguments by name', described(given))
  }
  const names = parameters.map(({ name }) => name)
  for (const name of Object.keys(args)) if (!names.includes(name)) throw unknownArgument(job, name, names)
  const checked: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const { name, optional, check } of parameters) {
    const value: unknown = Object.hasOwn(args, name) ? args[name] : undefined
    if (value === undefined && optional === true) continue
    const wrong = checkValue(check, value, name, types)
    if (wrong) throw new InvalidArgumentsError(job, wrong.path, wrong.expected, wrong.received)
    if (value !== undefined) checked[name] = value
    else if (!Object.hasOwn(args, name)) throw new InvalidArgumentsError(job, name, 'given', 'nothing')
  }
  return { ...checked }
}

/** Names arguments by position. @throws {@link InvalidArgumentsError} when there are too many */
export function nameArguments(
  job: string,
  parameters: readonly ParameterManifest[],
  args: readonly unknown[],
): Readonly<Record<string, unknown>> {
  if (args.length > parameters.length) {
    const most = String(parameters.length)
    throw new InvalidArgumentsError(job, 'list', `a list of at most ${most}`, `a list of ${String(args.length)}`)
  }
  return Object.fromEntries(args.map((arg, i) => [parameters[i]?.name ?? '', arg]))
}

function unknownArgument(job: string, name: string, names: readonly string[]): InvalidArgumentsError {
  const near = names.find((known) => distance(known.toLowerCase(), name.toLowerCase()) <= Math.max(1, known.length / 3))
  const takes = names.length === 0 ? 'it takes none' : `it takes ${names.join(', ')}`
  return new InvalidArgumentsError(
    job,
    name,
    'absent',
    'an unknown argument',
    near === undefined ? takes : `did you mean ${near}?`,
  )
}
