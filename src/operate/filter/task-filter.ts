/** A value, or several of which one must match. `*` stands for any text. */
export type OneOrMore<T> = T | readonly T[]

/** A comparison such as `'>=5'`, or the value itself. Durations are written with their unit: `'>30s'`. */
export type Comparison = number | string

/**
 * A filter of tasks as an object; the same as its text, such as `job:mail.* args.customer:42 -tag:test since:2h`. A task matches when
 * all members match.
 */
export interface TaskFilter {
  readonly state?: OneOrMore<string> | undefined
  readonly queue?: OneOrMore<string> | undefined
  readonly job?: OneOrMore<string> | undefined
  readonly id?: OneOrMore<string> | undefined
  readonly tag?: OneOrMore<string> | undefined
  /** By path: `{ 'customer.id': 42 }`. */
  readonly args?: Readonly<Record<string, OneOrMore<FilterValue>>> | undefined
  readonly meta?: Readonly<Record<string, OneOrMore<FilterValue>>> | undefined
  readonly result?: Readonly<Record<string, OneOrMore<FilterValue>>> | undefined
  /** A part of the error's message, as it is spelled there. */
  readonly error?: OneOrMore<string> | undefined
  /** Fingerprint of a problem, or its beginning. */
  readonly problem?: OneOrMore<string> | undefined
  readonly worker?: OneOrMore<string> | undefined
  readonly priority?: OneOrMore<Comparison> | undefined
  readonly run?: OneOrMore<Comparison> | undefined
  readonly ran?: OneOrMore<Comparison> | undefined
  readonly waited?: OneOrMore<Comparison> | undefined
  /** A duration before now, or a date as ISO 8601. */
  readonly since?: string | undefined
  readonly until?: string | undefined
  /** Terms of which none may match. */
  readonly not?: Omit<TaskFilter, 'not'> | undefined
}

/** A value inside a payload. */
export type FilterValue = string | number | bigint | boolean | null
