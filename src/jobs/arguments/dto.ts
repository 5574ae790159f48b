import type { ValidationError } from 'class-validator'
import { described, InvalidArgumentsError } from '../../errors.js'
import { unknownArgument } from './check-arguments.js'
import type { DtoClass } from '../define/registry.js'

/**
 * Makes a DTO of a job's arguments and checks it by its class-validator decorators. Both packages are loaded when the
 * first DTO comes along.
 *
 * @param named - the names of the arguments are checked already, by a manifest
 * @throws {@link InvalidArgumentsError} for the first member that is wrong
 */
export async function toDto(
  job: string,
  dto: DtoClass,
  args: Readonly<Record<string, unknown>>,
  named: boolean,
): Promise<object> {
  const [{ plainToInstance }, { getMetadataStorage, validate }] = await Promise.all([
    import('class-transformer'),
    import('class-validator'),
  ])
  const instance = plainToInstance(dto, args, { enableCircularCheck: true })
  restoreEmptied(args, instance)
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false)
  if (!named) refuseUnknown(job, args, instance, [...rules.map((rule) => rule.propertyName), ...Object.keys(new dto())])
  // A class without any decorator says nothing of its members: the manifest alone checks them.
  if (rules.length === 0) return instance
  const errors = await validate(instance, { forbidUnknownValues: false, stopAtFirstError: true })
  const wrong = firstError(errors, '')
  if (wrong) throw new InvalidArgumentsError(job, wrong.path, wrong.expected, wrong.received)
  return instance
}

/**
 * A DTO's members are those with a decorator and those that a new instance has. What class-transformer took over under
 * its own name, and is neither, is a mistake; what it renamed is none.
 */
function refuseUnknown(job: string, args: object, instance: object, members: readonly string[]): void {
  const known = new Set(members)
  if (known.size === 0) return
  for (const name of Object.keys(args)) {
    if (!known.has(name) && Object.hasOwn(instance, name)) throw unknownArgument(job, name, [...known])
  }
}

/** class-transformer copies a `Map` or bytes without `@Type` as an empty one. Puts back what there was. */
function restoreEmptied(from: object, to: object): void {
  for (const [key, value] of Object.entries(from) as [string, unknown][]) {
    const copy: unknown = Object.hasOwn(to, key) ? Reflect.get(to, key) : undefined
    if (typeof value !== 'object' || value === null || typeof copy !== 'object' || copy === null) continue
    if (isEmptied(value, copy)) Reflect.set(to, key, value)
    else if (!(value instanceof Uint8Array)) restoreEmptied(value, copy)
  }
}

function isEmptied(value: object, copy: object): boolean {
  if (value instanceof Map) return copy instanceof Map && copy.size === 0
  return value instanceof Uint8Array && copy instanceof Uint8Array && copy.length === 0
}

function firstError(
  errors: readonly ValidationError[],
  path: string,
): { path: string; expected: string; received: string } | null {
  for (const error of errors) {
    const at = /^\d+$/.test(error.property)
      ? `${path}[${error.property}]`
      : `${path === '' ? '' : `${path}.`}${error.property}`
    const [message] = Object.values(error.constraints ?? {})
    if (message !== undefined) {
      const value: unknown = error.value
      return { path: at, expected: expectation(message), received: value === undefined ? 'nothing' : described(value) }
    }
    const inner = firstError(error.children ?? [], at)
    if (inner) return inner
  }
  return null
}

/** `to must be an email` reads on after "expected argument to to be ...". */
function expectation(message: string): string {
  const rule = /^(each value in )?\S+ (?:must|should) (be )?(.+)$/s.exec(message)
  if (!rule) return `right: ${message}`
  const [, each, be, rest] = rule
  if (each !== undefined) return `a list of which each value must ${be ?? ''}${String(rest)}`
  return be === undefined ? `such that it must ${String(rest)}` : String(rest)
}
