import { isPulsarError } from '../errors.js'
import type { Duration } from '../util/duration.js'
import { readBindAddress, showBindAddress } from '../util/bind-address.js'
import { toMilliseconds } from '../util/duration.js'

/** What a {@link SettingKind} answers to a value that it cannot take. */
export const MALFORMED = Symbol('malformed')

/** How values of a setting are read. */
export interface SettingKind {
  /** What a value must be, for the error. */
  readonly expected: string
  /** Text of the command line or the environment to what code would write. */
  fromText(text: string): unknown
  /** The checked value, durations in ms; {@link MALFORMED} for what it cannot be. */
  read(value: unknown): unknown
}

const asIs = (text: string): unknown => text

/** A string that is not empty. */
export function text(expected: string): SettingKind {
  return { expected, fromText: asIs, read: (value) => (typeof value === 'string' && value !== '' ? value : MALFORMED) }
}

/** A string or null; on the command line the empty string is null. */
export function optionalText(expected: string): SettingKind {
  return {
    expected,
    fromText: (value) => (value === '' ? null : value),
    read: (value) => (value === null || (typeof value === 'string' && value !== '') ? value : MALFORMED),
  }
}

/** A whole number of at least `least`. */
export function whole(least: number, also = ''): SettingKind {
  return {
    expected: `a whole number of at least ${String(least)}${also}`,
    fromText: (value) => (/^\d+$/.test(value) ? Number(value) : value),
    read: (value) => (Number.isSafeInteger(value) && (value as number) >= least ? value : MALFORMED),
  }
}

/** A whole number of at least 1, or a function of the settings that gives one. */
export function wholeOrFunction(): SettingKind {
  const number = whole(1, ', or a function that returns one')
  return { ...number, read: (value) => (typeof value === 'function' ? value : number.read(value)) }
}

/** One of a few words. */
export function oneOf(words: readonly string[]): SettingKind {
  return {
    expected: `one of ${words.join(', ')}`,
    fromText: asIs,
    read: (value) => (typeof value === 'string' && words.includes(value) ? value : MALFORMED),
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
export const flag: SettingKind = {
  expected: 'true or false',
  fromText: (value) => TRUTH.get(value.toLowerCase()) ?? value,
  read: (value) => (typeof value === 'boolean' ? value : MALFORMED),
}

/** A duration of at least `least` ms; read as ms. */
export function duration(least: number): SettingKind {
  const atLeast = least === 0 ? '' : `, ${String(least / 1_000)} s at least`
  return {
    expected: `a number of seconds or a string such as '250ms', '2s', '5m' or '1h'${atLeast}`,
    fromText: (value) => (/^\d+(\.\d+)?$/.test(value) ? Number(value) : value),
    read: (value) => {
      try {
        const ms = toMilliseconds(value as Duration, 'duration')
        return ms >= least ? ms : MALFORMED
      } catch (error) {
        if (isPulsarError(error, 'PQ_INVALID_DURATION')) return MALFORMED
        throw error
      }
    },
  }
}

/** A list of strings; as text, divided by commas that stand outside braces (globs have commas in theirs). */
export function list(expected: string, least: number): SettingKind {
  return {
    expected,
    fromText: (value) => value.split(/,(?![^{]*\})/).map((part) => part.trim()),
    read: (value) => {
      const parts: unknown[] = Array.isArray(value) ? value : [value]
      const strings = parts.map((part) => (part instanceof URL ? part.href : part))
      return strings.length >= least && strings.every((part) => typeof part === 'string' && part !== '')
        ? strings
        : MALFORMED
    },
  }
}

/** The URL of a store. Whether there is a store for its scheme is found out when it is opened. */
export const storeUrl: SettingKind = {
  expected: "a store URL such as 'embedded:./.pulsar' or 'redis://127.0.0.1:6379/0'",
  fromText: asIs,
  read: (value) => (typeof value === 'string' && isStoreUrl(value) ? value : MALFORMED),
}

function isStoreUrl(value: string): boolean {
  if (/^embedded:./.test(value)) return true
  return /^[a-z][a-z0-9+.-]*:\/\/[^/\s?#]+/i.test(value) && !/\s/.test(value)
}

/** Where to listen, or null; on the command line the empty string is null. Read as `host:port`. */
export const bindAddress: SettingKind = {
  expected: "an address such as '127.0.0.1:8060' or '[::1]:8060', a port from 0 to 65535, or null",
  fromText: (value) => (value === '' ? null : value),
  read: (value) => {
    if (value === null) return null
    const address = typeof value === 'string' || typeof value === 'number' ? readBindAddress(String(value)) : null
    return address === null ? MALFORMED : showBindAddress(address)
  },
}

/** What a `Bearer` header can carry, or null; on the command line the empty string is null. */
export const bearerToken: SettingKind = {
  expected: 'null, or a token of letters, digits and -._~+/ with = at its end',
  fromText: (value) => (value === '' ? null : value),
  read: (value) => {
    const fits = value === null || (typeof value === 'string' && /^[A-Za-z0-9._~+/-]+=*$/.test(value))
    return fits ? value : MALFORMED
  },
}

/** Classes: only code can give them. */
export const classes: SettingKind = {
  expected: 'a list of classes, given in code or in a configuration file',
  fromText: asIs,
  read: (value) => (Array.isArray(value) && value.every((each) => typeof each === 'function') ? value : MALFORMED),
}
