import { described, InvalidOptionError } from '../errors.js'
import { nearest } from '../util/nearest.js'
import type { DashboardOptions } from './options.js'

const TYPES: Readonly<Record<Exclude<keyof DashboardOptions, 'auth'>, readonly [type: string, rule: string]>> = {
  readOnly: ['boolean', 'a boolean'],
  title: ['string', 'a string'],
  environment: ['string', 'a string'],
  links: ['function', 'a function that gets a task and returns a list of { label, href }'],
}
const NAMES = ['auth', ...Object.keys(TYPES)]

/** Checks all options but `auth`, which the gate checks. @throws {@link InvalidOptionError} for the first that is unknown or malformed */
export function checkDashboardOptions(options: unknown): asserts options is DashboardOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidOptionError('options', 'an object', described(options))
  }
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name))
  if (unknown !== undefined) {
    const near = nearest(unknown, NAMES)
    const hint = near === null ? '' : `did you mean ${near}?`
    throw new InvalidOptionError(unknown, `one of ${NAMES.join(', ')}`, 'an unknown option', hint)
  }
  const given = options as Readonly<Record<string, unknown>>
  for (const [name, [type, rule]] of Object.entries(TYPES)) {
    const value = given[name]
    if (value !== undefined && typeof value !== type) throw new InvalidOptionError(name, rule, described(value))
  }
}
