/** A line that a run has logged: when (ms since the epoch, by the worker's clock), its level, its text, and its data as JSON, if it has any. */
export type LoggedLine = readonly [at: number, level: string, text: string, data?: string]
