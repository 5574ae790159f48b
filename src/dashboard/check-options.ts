import { described, InvalidOptionError } from '../errors.js'
import { checkOptionNames } from '../model/check-option-names.js'
import { isMemberNames, MEMBER_NAMES_RULE } from '../model/member-names.js'
import type { DashboardOptions } from './options.js'

const TYPES: Readonly<
  Record<Exclude<keyof DashboardOptions, 'auth' | 'redact'>, readonly [type: string, rule: string]>
> = {
  readOnly: ['boolean', 'a boolean'],
  title: ['string', 'a string'],
  environment: ['string', 'a string'],
  links: ['function', 'a function that gets a task and returns a list of { label, href }'],
}
const NAMES = ['auth', 'redact', ...Object.keys(TYPES)]

/** Checks all options but `auth`, which the gate checks. @throws {@link InvalidOptionError} for the first that is unknown or malformed */
export function checkDashboardOptions(options: unknown): asserts options is DashboardOptions {
  checkOptionNames(options, NAMES)
  const given = options as Readonly<Record<string, unknown>>
  for (const [name, [type, rule]] of Object.entries(TYPES)) {
    const value = given[name]
    if (value !== undefined && typeof value !== type) throw new InvalidOptionError(name, rule, described(value))
  }
  const { redact } = given
  if (redact !== undefined && !isMemberNames(redact)) {
    throw new InvalidOptionError('redact', MEMBER_NAMES_RULE, described(redact))
  }
}
