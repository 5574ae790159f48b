/** Keys whose value is a text, or a pattern with `*`. */
export const TEXT_KEYS = ['queue', 'job', 'id', 'tag', 'error', 'problem', 'worker'] as const
/** Keys that have a path behind them: `args.customer`. */
export const PATH_KEYS = ['args', 'meta', 'result'] as const
/** Whether a term with this key tells what stands in payloads. */
export function looksIntoPayloads(key: string): boolean {
  return PATH_KEYS.some((name) => key === name || key.startsWith(`${name}.`))
}

/** Keys whose value is a number, or compares with one. */
export const NUMBER_KEYS = ['priority', 'run'] as const
/** Keys whose value is a duration, or compares with one. */
export const DURATION_KEYS = ['ran', 'waited'] as const
/** Keys whose value is a moment. */
export const MOMENT_KEYS = ['since', 'until'] as const

/** The states that a filter can name, with what they stand for. */
export const STATES = {
  ready: 'waits to be claimed',
  delayed: 'is not due yet',
  held: 'is with a worker',
  running: 'the same as held',
  live: 'ready, delayed or held',
  failed: 'FAILURE or REVOKED',
  done: 'SUCCESS',
  success: 'SUCCESS',
  failure: 'FAILURE',
  revoked: 'REVOKED',
  retry: 'waits to run again',
} as const
export type StateName = keyof typeof STATES

/** A text to be compared; null between parts: any text. `['mail.', null]` is `mail.*`. */
export type Pattern = readonly (string | null)[]

/** A comparison with a number. */
export interface Bound {
  readonly operator: '=' | '>' | '>=' | '<' | '<='
  readonly value: number
}

interface Common {
  /** As it was written, for messages. */
  readonly text: string
  readonly isNegated: boolean
}

/** One term of a filter. A task matches where one of the alternatives does. */
export type Term =
  | (Common & { readonly key: 'state'; readonly states: readonly StateName[] })
  | (Common & { readonly key: (typeof TEXT_KEYS)[number]; readonly patterns: readonly Pattern[] })
  | (Common & {
      readonly key: (typeof PATH_KEYS)[number]
      readonly path: readonly string[]
      readonly patterns: readonly Pattern[]
    })
  | (Common & {
      readonly key: (typeof NUMBER_KEYS)[number] | (typeof DURATION_KEYS)[number]
      /** Of durations in ms. */
      readonly bounds: readonly Bound[]
    })
  | (Common & {
      readonly key: (typeof MOMENT_KEYS)[number]
      /** ms before now, or ms since the epoch. */
      readonly ago: number | null
      readonly at: number | null
    })

/** A filter that was read. */
export interface ParsedFilter {
  readonly text: string
  readonly terms: readonly Term[]
}
