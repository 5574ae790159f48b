import type { ConsumerClass } from '../consumers/consumer-api.js'
import { isPulsarError } from '../errors.js'
import type { AlertRule, CheckedRule } from '../model/alert-rules.js'
import { ALERTS_FORM, findAlertsFault, readAlerts } from '../model/alert-rules.js'
import type { Config } from '../model/config.js'
import { readBindAddress, showBindAddress } from './bind-address.js'
import type { StoreOptions } from '../model/store-options.js'
import { findStoreOptionsFault, STORE_OPTIONS_FORM } from '../model/store-options.js'
import type { Duration } from '../model/duration.js'
import { toMilliseconds } from '../model/duration.js'
import type { DurabilityName } from '../model/durability.js'
import { DURABILITY_FORMS, EMBEDDED_DURABILITIES, isAnyDurability, REDIS_DURABILITIES } from '../model/durability.js'
import { counted } from '../util/count-of.js'

/** The answer of {@link SettingKind.read} to a value that the setting cannot have. */
export const MALFORMED = Symbol('malformed')

/**
 * A kind of value: how it is written, read and checked, and its bounds.
 *
 * @typeParam Value - the type in `Config`
 */
export interface SettingKind<Value = unknown> {
  /** The values that fit, with their bounds, as errors and docs name them. */
  readonly expected: string
  /** The type that code writes, as TypeScript source. */
  readonly givenType: string
  /** The type in `Config`, as TypeScript source. */
  readonly valueType: string
  /** Stands for the value in `--help`. Null: a switch, whose flag takes no value. */
  readonly placeholder: string | null
  /** The values that fit, where they can be listed: a shell completes them. */
  readonly choices?: readonly string[]
  /** Converts text of the command line or the environment to the value that code would write. */
  fromText(text: string): unknown
  /** Checks a value. @returns the value in force, durations in ms; {@link MALFORMED} where it does not fit */
  read(value: unknown): Value | typeof MALFORMED
  /** Finds the first entry of a malformed list that does not fit. Absent, or -1: the value as a whole does not. */
  wrongEntry?(value: readonly unknown[]): number
  /** Says what does not fit, where the value itself would not say it, or has secrets. */
  describeFault?(value: unknown): string
}

/** Longest text of any setting, in characters. */
const LONGEST_TEXT = 4_096
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/

function isText(value: unknown, most: number): value is string {
  return (
    typeof value === 'string' && value !== '' && value.length <= most && value.isWellFormed() && !CONTROL.test(value)
  )
}

/** What texts have to be besides. */
interface Rule {
  /** As errors and docs say it. */
  readonly words: string
  fits(text: string): boolean
}

/** A text of 1 to `most` characters, without control characters. */
export function text(what: string, placeholder: string, most = LONGEST_TEXT, rule?: Rule): SettingKind<string> {
  return {
    expected: `${what} of 1 to ${counted(most)} characters${rule ? `, ${rule.words}` : ''}`,
    givenType: 'string',
    valueType: 'string',
    placeholder,
    fromText: (value) => value,
    read: (value) => (isText(value, most) && rule?.fits(value) !== false ? value : MALFORMED),
  }
}

/** A value of another kind, or null. In text, the empty string is null. */
export function orNull<Value>(kind: SettingKind<Value>): SettingKind<Value | null> {
  return {
    expected: `${kind.expected}, or null`,
    givenType: `${kind.givenType} | null`,
    valueType: `${kind.valueType} | null`,
    placeholder: kind.placeholder,
    ...(kind.choices && { choices: kind.choices }),
    fromText: (value) => (value === '' ? null : kind.fromText(value)),
    read: (value) => (value === null ? null : kind.read(value)),
  }
}

/** A whole number from `least` to `most`. */
export function whole(least: number, most: number): SettingKind<number> {
  return {
    expected: `a whole number from ${counted(least)} to ${counted(most)}`,
    givenType: 'number',
    valueType: 'number',
    placeholder: '<n>',
    fromText: (value) => (/^\d+$/.test(value) ? Number(value) : value),
    read: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : MALFORMED,
  }
}

/** Computes a number from the other settings. */
export type CountFunction = (config: Config) => number

/** A number, or a function of the other settings that returns one; `loadConfig` calls the function. */
export function orFunction(number: SettingKind<number>): SettingKind<number | CountFunction> {
  return {
    ...number,
    expected: `${number.expected}, or in code a function that returns one`,
    givenType: 'number | ((config: Config) => number)',
    read: (value) => (typeof value === 'function' ? (value as CountFunction) : number.read(value)),
  }
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[], placeholder: string): SettingKind<Word> {
  const type = words.map((word) => `'${word}'`).join(' | ')
  return {
    expected: `one of ${words.join(', ')}`,
    givenType: type,
    valueType: type,
    placeholder,
    choices: words,
    fromText: (value) => value,
    read: (value) => words.find((word) => word === value) ?? MALFORMED,
  }
}

const TRUTH = new Map<string, boolean>([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
])

/** True or false. */
export const flag: SettingKind<boolean> = {
  expected: 'true or false',
  givenType: 'boolean',
  valueType: 'boolean',
  placeholder: null,
  fromText: (value) => TRUTH.get(value.toLowerCase()) ?? value,
  read: (value) => (typeof value === 'boolean' ? value : MALFORMED),
}

/**
 * A duration; in force, whole ms.
 *
 * @param least - the shortest one
 * @param most - the longest one; default: the longest that there is
 */
export function duration(least: Duration, most?: Duration): SettingKind<number> {
  const [shortest, longest] = [
    toMilliseconds(least, 'least'),
    most === undefined ? Infinity : toMilliseconds(most, 'most'),
  ]
  return {
    expected:
      `a duration from ${String(least)} to ${String(most ?? '100 years')}: ` +
      "a number of seconds, or a string such as '250ms', '2s', '5m' or '1h'",
    givenType: 'Duration',
    valueType: 'number',
    placeholder: '<duration>',
    fromText: (value) => (/^\d+(\.\d+)?$/.test(value) ? Number(value) : value),
    read: (value) => {
      try {
        const ms = toMilliseconds(value as Duration, 'duration')
        return ms >= shortest && ms <= longest ? ms : MALFORMED
      } catch (error) {
        if (isPulsarError(error, 'PQ_INVALID_DURATION')) return MALFORMED
        throw error
      }
    },
  }
}

/** Most entries of a list. */
const MOST_ENTRIES = 1_000

/**
 * A list of texts, or a single one. In the text of a command line, entries are divided by commas outside braces, since globs
 * have commas in theirs. A URL counts as its text.
 */
export function list(
  what: string,
  placeholder: string,
  { least, longest = LONGEST_TEXT, rule, givenType = 'readonly string[]' }: ListOptions,
): SettingKind<readonly string[]> {
  const fits = (entry: unknown): entry is string => isText(entry, longest) && rule?.fits(entry) !== false
  return {
    expected: `a list of ${least === 0 ? 'at most' : `${counted(least)} to`} ${counted(MOST_ENTRIES)} ${what}, each of 1 to ${counted(longest)} characters${rule ? `, ${rule.words}` : ''}`,
    givenType,
    valueType: 'readonly string[]',
    placeholder,
    fromText: (value) => value.split(/,(?![^{]*\})/).map((part) => part.trim()),
    read: (value) => {
      const given: unknown[] = Array.isArray(value) ? value : [value]
      const entries = given.map((entry) => (entry instanceof URL ? entry.href : entry))
      if (entries.length < least || entries.length > MOST_ENTRIES) return MALFORMED
      return entries.every(fits) ? entries : MALFORMED
    },
    wrongEntry: (entries) => entries.findIndex((entry) => !(entry instanceof URL) && !fits(entry)),
  }
}

interface ListOptions {
  /** Fewest entries. */
  readonly least: number
  /** Longest entry, in characters. */
  readonly longest?: number
  readonly rule?: Rule
  readonly givenType?: string
}

/** The URL of a store. Its scheme is checked when the store is opened, since applications register schemes of their own. */
export const storeUrl: SettingKind<string> = {
  ...text("a store URL such as 'embedded:./.pulsar' or 'redis://127.0.0.1:6379/0',", '<url>'),
  read: (value) => (isText(value, LONGEST_TEXT) && isStoreUrl(value) ? value : MALFORMED),
}

function isStoreUrl(value: string): boolean {
  if (/^embedded:./.test(value)) return true
  // A socket has a path in place of a host.
  return /^[a-z][a-z0-9+.-]*:\/\/\/?[^/\s?#]+/i.test(value) && !/\s/.test(value)
}

/** What the stores need besides their URLs. */
export const storeOptions: SettingKind<StoreOptions> = {
  expected: STORE_OPTIONS_FORM,
  givenType: 'StoreOptions',
  valueType: 'StoreOptions',
  placeholder: '<options>',
  fromText: (value) => value,
  // A copy: threads get one, too, and later changes would be seen in some of them only.
  read: (value) => (findStoreOptionsFault(value) === null ? structuredClone(value as StoreOptions) : MALFORMED),
  describeFault: (value) => findStoreOptionsFault(value) ?? 'something else',
}

/** Rules of alerts. */
export const alertRules: SettingKind<readonly CheckedRule[]> = {
  expected: ALERTS_FORM,
  givenType: 'readonly AlertRule[]',
  valueType: 'readonly CheckedRule[]',
  placeholder: '<rules>',
  fromText: (value) => value,
  read: (value) => (findAlertsFault(value) === null ? readAlerts(value as readonly AlertRule[]) : MALFORMED),
  describeFault: (value) => findAlertsFault(value) ?? 'something else',
}

/** What a task waits for before it is acknowledged. Whether the store knows it is checked when the store is opened. */
export const durability: SettingKind<DurabilityName> = {
  expected: DURABILITY_FORMS,
  givenType: 'DurabilityName',
  valueType: 'DurabilityName',
  placeholder: '<name>',
  choices: [...REDIS_DURABILITIES, ...EMBEDDED_DURABILITIES],
  fromText: (value) => value,
  read: (value) => (isAnyDurability(value) ? value : MALFORMED),
}

/** An address to listen on; in force, `host:port`. */
export const bindAddress: SettingKind<string> = {
  expected: "an address such as '127.0.0.1:8060' or '[::1]:8060', or a port from 0 to 65535",
  givenType: 'string | number',
  valueType: 'string',
  placeholder: '<address>',
  fromText: (value) => value,
  read: (value) => {
    const address = typeof value === 'string' || typeof value === 'number' ? readBindAddress(String(value)) : null
    return address === null ? MALFORMED : showBindAddress(address)
  },
}

/** A token that a `Bearer` header can carry. */
export const bearerToken: SettingKind<string> = {
  ...text('a token of letters, digits and -._~+/ with = at its end,', '<token>'),
  read: (value) => (isText(value, LONGEST_TEXT) && /^[A-Za-z0-9._~+/-]+=*$/.test(value) ? value : MALFORMED),
}

/** Classes, which only code can give. */
export const classes: SettingKind<readonly ConsumerClass[]> = {
  expected: `a list of at most ${counted(MOST_ENTRIES)} classes, given in code or in a configuration file`,
  givenType: 'readonly ConsumerClass[]',
  valueType: 'readonly (new (...args: never[]) => object)[]',
  placeholder: '<classes>',
  fromText: (value) => value,
  read: (value) =>
    Array.isArray(value) && value.length <= MOST_ENTRIES && value.every((each) => typeof each === 'function')
      ? value
      : MALFORMED,
}
