import type { ValidationError } from 'class-validator'
import { described, InvalidArgumentsError } from '../errors.js'
import type { DtoClass } from './registry.js'

/**
 * Makes a DTO of a job's arguments and checks it by its class-validator decorators. Both packages are loaded when the
 * first DTO comes along.
 *
 * @throws {@link InvalidArgumentsError} for the first member that is wrong
 */
export async function toDto(job: string, dto: DtoClass, args: Readonly<Record<string, unknown>>): Promise<object> {
  const [{ plainToInstance }, { getMetadataStorage, validate }] = await Promise.all([
    import('class-transformer'),
    import('class-validator'),
  ])
  const instance = plainToInstance(dto, args)
  // A class without any decorator says nothing of its members: the manifest alone checks them.
  if (getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false).length === 0) return instance
  const errors = await validate(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
    stopAtFirstError: true,
  })
  const wrong = firstError(errors, '')
  if (wrong) throw new InvalidArgumentsError(job, wrong.path, wrong.expected, wrong.received)
  return instance
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
      const unknown = error.constraints?.['whitelistValidation'] !== undefined
      return {
        path: at,
        expected: unknown ? 'absent' : expectation(message),
        received: value === undefined ? 'nothing' : described(value),
      }
    }
    const inner = firstError(error.children ?? [], at)
    if (inner) return inner
  }
  return null
}

/** `to must be an email` reads on after "expected argument to to be ...". */
function expectation(message: string): string {
  return message.replace(/^\S+ (?:must|should) be /, '').replace(/^\S+ (?:must|should) /, 'such that it must ')
}
