/** What an operator tells one worker to do. */
export type WorkerOrder =
  | { readonly act: 'quiet' }
  | { readonly act: 'resume' }
  | { readonly act: 'stop' }
  | { readonly act: 'concurrency'; readonly tasks: number }
  | { readonly act: 'log-level'; readonly level: OrderedLogLevel }

export type OrderedLogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error'

/** An order on its way. */
export interface SentOrder {
  readonly order: WorkerOrder
  /** Channel on which its answer is awaited. */
  readonly answer: string
  /** Who has given it. */
  readonly by: string
}

/** What a worker says of an order. Null: it is carried out, or, of `stop`, begun. Else why it is not. */
export interface OrderAnswer {
  readonly refusal: string | null
}
