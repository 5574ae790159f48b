import type { ValidationError } from 'class-validator'
import { described, InvalidArgumentsError } from '../../errors.js'
import { unknownArgument } from './check-arguments.js'
import type { DtoClass } from '../define/registry.js'

/**
 * Builds the DTO of a job from the arguments with class-transformer, and checks it by its class-validator decorators. The two
 * packages are loaded with the first DTO, since most applications use none.
 *
 * @param named - whether a manifest has already checked the names of the arguments
 * @throws {@link InvalidArgumentsError} for the first wrong member
 */
export async function toDto(
  job: string,
  dto: DtoClass,
  args: Readonly<Record<string, unknown>>,
  named: boolean,
): Promise<object> {
  const { plainToInstance } = await import('class-transformer')
  const { getMetadataStorage, validate } = await import('class-validator')
  const instance = plainToInstance(dto, args, { enableCircularCheck: true })
  restoreEmptied(args, instance)
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false)
  if (!named) refuseUnknown(job, args, instance, [...rules.map((rule) => rule.propertyName), ...Object.keys(new dto())])
  // A class without class-validator decorators has no rules to check; its manifest has checked it, where there is one.
  if (rules.length === 0) return instance
  const errors = await validate(instance, { forbidUnknownValues: false, stopAtFirstError: true })
  const wrong = firstError(errors, '')
  if (wrong) throw new InvalidArgumentsError(job, wrong.path, wrong.expected, wrong.received)
  return instance
}

/**
 * Refuses an argument that is no member of the DTO. Members are the properties with a decorator, and those that a new
 * instance has. An argument that class-transformer has renamed is allowed: the instance does not have the old name.
 */
function refuseUnknown(job: string, args: object, instance: object, members: readonly string[]): void {
  const known = new Set(members)
  if (known.size === 0) return
  for (const name of Object.keys(args)) {
    if (!known.has(name) && Object.hasOwn(instance, name)) throw unknownArgument(job, name, [...known])
  }
}

/** Restores each `Map` and `Uint8Array` without `@Type`: class-transformer makes an empty copy of it. */
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

/** Turns a message of class-validator, `to must be an email`, into the end of ours: `expected argument to to be an email`. */
function expectation(message: string): string {
  const rule = /^(each value in )?\S+ (?:must|should) (be )?(.+)$/s.exec(message)
  if (!rule) return `right: ${message}`
  const [, each, be, rest] = rule
  if (each !== undefined) return `a list of which each value must ${be ?? ''}${String(rest)}`
  return be === undefined ? `such that it must ${String(rest)}` : String(rest)
}
