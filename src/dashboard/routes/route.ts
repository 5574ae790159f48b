import { described, InvalidOptionError } from '../../errors.js'
import { didYouMean } from '../../util/did-you-mean.js'
import type { Permission, Visitor } from '../auth/visitor.js'
import type { DashboardOptions } from '../options.js'
import type { KeptPlans } from '../../operate/kept-plans.js'
import type { VisitorControl } from '../visitor-control.js'

/** What a route gets to answer a request. */
export interface RouteContext {
  /** What the visitor sees and does. There is no other way to the store. */
  readonly control: VisitorControl
  readonly options: DashboardOptions
  readonly plans: KeptPlans
  readonly visitor: Visitor
  /** The parts of the path that the pattern names. */
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The body of a POST: an object. */
  readonly body: Readonly<Record<string, unknown>>
  /** Aborted when the visitor goes away. */
  readonly signal: AbortSignal
}

/** One route of the dashboard's HTTP interface. */
export interface Route {
  readonly method: 'GET' | 'POST'
  /** Below `api/v1/`, such as `queues/:name/pause`. */
  readonly pattern: string
  readonly needs: Permission
  /** Members of the query. Default: none. */
  readonly query?: readonly string[]
  /** Members of the body. Default: none. */
  readonly body?: readonly string[]
  /** Answers with a value, sent as JSON, or with lines of JSON. */
  readonly answer: (context: RouteContext) => Promise<unknown> | AsyncIterable<unknown>
}

/** A whole number of a query; undefined: it is absent. @throws {@link InvalidOptionError} */
export function wholeOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidOptionError(name, 'a whole number', described(text))
}

/** A name that is misspelled would ask for something else than was meant. @throws {@link InvalidOptionError} */
export function refuseOtherMembers(body: Readonly<Record<string, unknown>>, names: readonly string[]): void {
  const unknown = Object.keys(body).find((name) => !names.includes(name))
  if (unknown === undefined) return
  const expected = names.length === 0 ? 'absent: the body is {}' : `one of ${names.join(', ')}`
  throw new InvalidOptionError(unknown, expected, 'an unknown one', didYouMean(unknown, names))
}

/** A string of a body. @throws {@link InvalidOptionError} */
export function textOf(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = Object.hasOwn(body, name) ? body[name] : undefined
  if (typeof value === 'string') return value
  throw new InvalidOptionError(name, 'a string', value === undefined ? 'nothing' : typeof value)
}

/** The same, where it may be absent or empty. */
export function optionalText(body: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(body, name) ? body[name] : undefined
  if (value === undefined || value === '') return undefined
  return textOf(body, name)
}
