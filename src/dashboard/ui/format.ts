import { signal } from '@preact/signals'
import { latencyRange } from '../../model/latency-buckets.js'

/** Whether times are shown as UTC instead of local ones. */
export const isUtc = signal(stored('utc') === 'true')

/** A setting of this browser, which may refuse to store any. */
export function stored(name: string): string | null {
  try {
    return localStorage.getItem(`pulsar-queue.${name}`)
  } catch {
    return null
  }
}

export function store(name: string, value: string): void {
  try {
    localStorage.setItem(`pulsar-queue.${name}`, value)
  } catch {
    // It holds until the page is loaded anew.
  }
}

const numbers = new Intl.NumberFormat('en')

export function count(value: number): string {
  return numbers.format(value)
}

/** A rate per second, or per minute where it is small. */
export function rate(perSecond: number): string {
  if (perSecond === 0) return '0'
  if (perSecond >= 1) return `${numbers.format(perSecond >= 100 ? Math.round(perSecond) : round(perSecond, 1))}/s`
  return `${numbers.format(round(perSecond * 60, 1))}/min`
}

/** A part of all, from 0 to 1. */
export function percent(part: number): string {
  return `${String(round(part * 100, 1))} %`
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits
}

const UNITS: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
]

/** A length of time in its two largest units. */
export function duration(ms: number): string {
  if (ms < 0) return `-${duration(-ms)}`
  if (ms < 1_000) return `${String(Math.round(ms))} ms`
  if (ms < 10_000) return `${String(round(ms / 1_000, 1))} s`
  const first = UNITS.findIndex(([unit]) => ms >= unit)
  const [large = 1, name = ''] = UNITS[first] ?? []
  const [small, smallName] = UNITS[first + 1] ?? [0, '']
  const whole = Math.floor(ms / large)
  const rest = small === 0 ? 0 : Math.floor((ms - whole * large) / small)
  return rest === 0 ? `${String(whole)} ${name}` : `${String(whole)} ${name} ${String(rest)} ${smallName}`
}

/** A percentile. Histograms know the bucket that it is in, so its bound is shown and nothing finer. */
export function latency(ms: number): string {
  const range = latencyRange(ms)
  return `${range.is === 'over' ? 'over' : '≤'} ${duration(range.ms)}`
}

/** What is said beside percentiles. */
export const LATENCY_TITLE = 'Times are counted in buckets of 1, 2, 5, 10 … ms: the bound of the bucket is shown'

/** An absolute time, to the millisecond. */
export function absolute(at: number): string {
  const date = new Date(at)
  if (isUtc.value) return date.toISOString().replace('T', ' ').replace('Z', ' UTC')
  const part = (value: number, length = 2): string => String(value).padStart(length, '0')
  const day = [part(date.getFullYear(), 4), part(date.getMonth() + 1), part(date.getDate())].join('-')
  const time = [part(date.getHours()), part(date.getMinutes()), part(date.getSeconds())].join(':')
  return `${day} ${time}.${part(date.getMilliseconds(), 3)}`
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'] as const

export function bytes(value: number): string {
  const power = value < 1_000 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(value) / 3))
  return `${String(round(value / 1_000 ** power, 1))} ${SIZES[power] ?? 'B'}`
}

/** A message with a full stop at its end, where another sentence follows it. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}
