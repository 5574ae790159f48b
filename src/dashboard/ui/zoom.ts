import { exactTerm } from '../../operate/filter/quote-value.js'
import type { SeriesStep } from '../../stores/kept-series.js'
import { SERIES_RINGS } from '../../stores/series-rings.js'
import { isUtc } from './format.js'

/** A part of the time, ms since the epoch. Its end is no part of it. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The span to which the charts of a page are zoomed, in its address; null: they are not. */
export function zoomOf(query: URLSearchParams): Span | null {
  const [from, to] = [query.get('from') ?? '', query.get('to') ?? '']
  if (!/^\d{1,15}$/.test(from) || !/^\d{1,15}$/.test(to) || Number(from) >= Number(to)) return null
  return { from: Number(from), to: Number(to) }
}

/** What a span, or none, changes in the address of a page. */
export function zoomQuery(span: Span | null): Readonly<Record<string, string | null>> {
  const [from, to] = span === null ? [null, null] : [String(span.from), String(span.to)]
  // A cursor of the list of all would lead nowhere in the list of a span.
  return { from, to, cursor: null }
}

/** A drag in whole intervals: those whose points it covers. It has two at least, as one alone would be a dot. */
export function wholeSpan({ from, to }: Span, length: number): Span {
  const begin = Math.floor(from / length)
  return { from: begin * length, to: Math.max(Math.floor(to / length) + 1, begin + 2) * length }
}

/** The finest intervals that the store still has of a span. */
export function stepOf({ from }: Span, now: number): SeriesStep {
  return SERIES_RINGS.find(({ kept }) => from >= now - kept)?.step ?? '1h'
}

/** The filter of the tasks that ended in a span; that started or were queued in it, where they have not ended. */
export function spanFilter({ from, to }: Span, of: { readonly queue?: string; readonly job?: string }): string {
  return [
    ...(of.queue === undefined ? [] : [exactTerm('queue', of.queue)]),
    ...(of.job === undefined ? [] : [exactTerm('job', of.job)]),
    `since:${new Date(from).toISOString()}`,
    `until:${new Date(to - 1).toISOString()}`,
  ].join(' ')
}

/** A moment as a field for times has it, to the minute. */
export function fieldText(at: number): string {
  const offset = isUtc.value ? 0 : new Date(at).getTimezoneOffset() * 60_000
  return new Date(at - offset).toISOString().slice(0, 16)
}

/** Null: it is no time. */
export function fieldTime(text: string): number | null {
  const at = Date.parse(isUtc.value ? `${text}Z` : text)
  return Number.isNaN(at) ? null : at
}
