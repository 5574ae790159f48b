import { InvalidOptionError, described } from '../errors.js'
import { didYouMean } from '../util/did-you-mean.js'
import type { RpcMethod } from './rpc-method.js'
import { counted } from '../util/count-of.js'

type Params = Readonly<Record<string, unknown>>

/** The parameters of a call by name. @throws {@link InvalidOptionError} for a parameter that the method does not have */
export function readParams(params: unknown, { parameters, open = false }: RpcMethod): Params {
  if (Array.isArray(params)) {
    if (params.length > parameters.length) {
      throw new InvalidOptionError(
        'params',
        `a list of at most ${String(parameters.length)}`,
        `a list of ${String(params.length)}`,
      )
    }
    return Object.fromEntries(params.map((value: unknown, i) => [parameters[i] ?? '', value] as const))
  }
  const given = (params ?? {}) as Params
  const unknown = open ? undefined : Object.keys(given).find((name) => !parameters.includes(name))
  if (unknown === undefined) return given
  const hint = didYouMean(unknown, parameters, `the method takes ${parameters.join(', ')}`)
  throw new InvalidOptionError(unknown, 'absent', 'an unknown parameter', hint)
}

/** A required string that is not empty. */
export function textParam(params: Params, name: string): string {
  const value = own(params, name)
  if (typeof value === 'string' && value !== '') return value
  throw new InvalidOptionError(name, 'a string that is not empty', shown(value))
}

/** An optional list of names. */
export function namesParam(params: Params, name: string): string[] | undefined {
  const value = own(params, name) ?? undefined
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value
  throw new InvalidOptionError(name, 'a list of names', shown(value))
}

/** An optional object. */
export function objectParam(params: Params, name: string): Params | undefined {
  const value = own(params, name) ?? undefined
  if (value === undefined) return undefined
  if (typeof value === 'object' && !Array.isArray(value)) return value as Params
  throw new InvalidOptionError(name, 'an object', shown(value))
}

/** An optional value of any kind: whoever takes it checks it. Null counts as nothing. */
export function optionalParam(params: Params, name: string): unknown {
  return own(params, name) ?? undefined
}

/** An optional string. */
export function optionalTextParam(params: Params, name: string): string | undefined {
  return optionalParam(params, name) === undefined ? undefined : textParam(params, name)
}

/** An optional number. @param most - the highest that is allowed */
export function numberParam(params: Params, name: string, most = Infinity): number | undefined {
  const value = optionalParam(params, name)
  if (value === undefined) return undefined
  if (typeof value === 'number' && value >= 0 && value <= most) return value
  throw new InvalidOptionError(
    name,
    most === Infinity ? 'a number from 0' : `a number from 0 to ${counted(most)}`,
    shown(value),
  )
}

function own(params: Params, name: string): unknown {
  return Object.hasOwn(params, name) ? params[name] : undefined
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : described(value)
}
