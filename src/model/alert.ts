/** What an alert is about. docs/alerts.md says when each fires. */
export type AlertKind =
  'problem.new' | 'problem.regressed' | 'failures' | 'latency' | 'noWorker' | 'workerLost' | 'scheduleMissed' | 'store'

/** One thing that an alert is about. */
export interface AlertItem {
  /** Names it: an item that goes on has the same name in each alert. */
  readonly subject: string
  readonly queue: string | null
  readonly job: string | null
  /** Fingerprint of the problem; null: it is about none. */
  readonly problem: string | null
  readonly worker: string | null
  /** What was measured, in the unit of `above`; null: nothing is. */
  readonly value: number | null
  /** Since when it has been so, ms since the epoch. */
  readonly since: number
  /** In a sentence. */
  readonly says: string
}

/** What `Manager.alert()`, webhooks and commands get. */
export interface Alert {
  /** Unique. One that is told again, since nobody could say whether it had arrived, has the same. */
  readonly id: string
  /** `resolved`: what an alert has told of is over. */
  readonly state: 'firing' | 'resolved'
  readonly kind: AlertKind
  /** Name of the application. */
  readonly app: string
  /** All of it as a text, which Slack and others show. */
  readonly text: string
  /** ms since the epoch, by the store's clock. */
  readonly at: number
  /** The first fifty. */
  readonly items: readonly AlertItem[]
  /** Number of all items. */
  readonly count: number
}
