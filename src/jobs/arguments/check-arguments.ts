import { described, InvalidArgumentsError } from '../../errors.js'
import type { Manifest, ParameterManifest } from '../../model/manifest.js'
import { didYouMean } from '../../util/did-you-mean.js'
import { checkValue } from './check-value.js'
import { isList } from '../../util/is-list.js'
import { errorMessage } from '../../util/thrown.js'

type Arguments = Readonly<Record<string, unknown>>

/** Of a member like any other. `__proto__` has to be defined: an assignment would set the prototype. */
const OWN = { configurable: true, enumerable: true, writable: true }

/**
 * Checks the arguments of a call against the job's parameters: no name may be unknown, no required argument may be missing,
 * and each value must have the type of its parameter, where that type is known.
 *
 * @returns the arguments that go on the wire: all but the undefined ones
 * @throws {@link InvalidArgumentsError} for the first wrong argument
 */
export function checkArguments(
  job: string,
  parameters: readonly ParameterManifest[],
  args: Arguments,
  types: Manifest['types'] = {},
): Arguments {
  const given = givenArguments(job, args, parameters)
  for (const parameter of parameters) checkArgument(job, parameter, given, types)
  return given
}

/**
 * The arguments of a call without the undefined ones. Each member is read once, so that a getter cannot give one value to
 * the check and another one to the task.
 *
 * @param parameters - those that the job takes. Default: any
 * @throws {@link InvalidArgumentsError} for a value that is not an object, for a getter that throws, and for an argument that no
 *   parameter takes
 */
export function givenArguments(job: string, args: unknown, parameters?: readonly ParameterManifest[]): Arguments {
  if (typeof args !== 'object' || args === null || isList(args)) {
    throw new InvalidArgumentsError(job, 'list', 'an object with the arguments by name', described(args))
  }
  const given: Record<string, unknown> = {}
  for (const name of namesOf(job, args)) {
    if (parameters && !isParameter(parameters, name)) throw unknown(job, name, parameters)
    const value = readArgument(job, args as Arguments, name)
    if (value === undefined) continue
    if (name === '__proto__') Object.defineProperty(given, name, { ...OWN, value })
    else given[name] = value
  }
  return given
}

function isParameter(parameters: readonly ParameterManifest[], name: string): boolean {
  for (const parameter of parameters) if (parameter.name === name) return true
  return false
}

function unknown(job: string, name: string, parameters: readonly ParameterManifest[]): InvalidArgumentsError {
  const names = parameters.map((parameter) => parameter.name)
  return unknownArgument(job, name, names)
}

/** The names of the arguments. A proxy may throw here. */
function namesOf(job: string, args: object): string[] {
  try {
    return Object.keys(args)
  } catch (error) {
    const received = `one that throws: ${errorMessage(error)}`
    throw new InvalidArgumentsError(job, 'list', 'an object whose members can be read', received)
  }
}

function readArgument(job: string, args: Arguments, name: string): unknown {
  try {
    return args[name]
  } catch (error) {
    throw unreadable(job, name, error)
  }
}

function unreadable(job: string, name: string, error: unknown): InvalidArgumentsError {
  return new InvalidArgumentsError(
    job,
    name,
    'a value that can be read',
    `a getter that throws: ${errorMessage(error)}`,
  )
}

function checkArgument(
  job: string,
  { name, optional, check }: ParameterManifest,
  args: Arguments,
  types: NonNullable<Manifest['types']>,
): void {
  const value: unknown = Object.hasOwn(args, name) ? args[name] : undefined
  if (value === undefined && optional === true) return
  // An undefined argument does not go on the wire: the job would miss it, even where its type allows any value.
  if (value === undefined && check === 'any') throw new InvalidArgumentsError(job, name, 'given', 'nothing')
  try {
    const wrong = checkValue(check, value, name, types)
    if (wrong) throw new InvalidArgumentsError(job, wrong.path, wrong.expected, wrong.received)
  } catch (error) {
    if (error instanceof InvalidArgumentsError) throw error
    if (!(error instanceof RangeError)) throw unreadable(job, name, error)
    throw new InvalidArgumentsError(job, name, 'a value without cycles', 'one that contains itself, or is too deep')
  }
}

/**
 * Gives the arguments of a list the names of the parameters at their positions.
 *
 * @param spread - whether the job takes one object whose members are the arguments
 * @throws {@link InvalidArgumentsError} when there are too many
 */
export function nameArguments(
  job: string,
  parameters: readonly ParameterManifest[],
  args: readonly unknown[],
  spread: boolean,
): Arguments {
  const most = spread ? 1 : parameters.length
  if (args.length > most) {
    throw new InvalidArgumentsError(
      job,
      'list',
      `a list of at most ${String(most)}`,
      `a list of ${String(args.length)}`,
    )
  }
  if (spread) return givenArguments(job, args[0] ?? {})
  return Object.fromEntries(args.map((arg, i) => [parameters[i]?.name ?? '', arg]))
}

/** The error for an argument that no parameter takes. */
export function unknownArgument(job: string, name: string, names: readonly string[]): InvalidArgumentsError {
  // Any two names of two letters are similar, so a suggestion would be a guess.
  const similar = name.length > 2 ? names : []
  const takes = names.length === 0 ? 'it takes none' : `it takes ${names.join(', ')}`
  return new InvalidArgumentsError(job, name, 'absent', 'an unknown argument', didYouMean(name, similar, takes))
}
