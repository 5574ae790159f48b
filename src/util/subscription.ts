/** A subscription that goes on until it is closed. */
export interface Subscription extends AsyncDisposable {
  /** Ends it. Safe to call twice. */
  close(): Promise<void>
}
