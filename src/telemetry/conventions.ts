/**
 * Names of OpenTelemetry's semantic conventions, v1.44.0. Those of messaging are in development there: they are pinned here, and nowhere
 * else.
 */
export const CONVENTIONS = {
  system: 'messaging.system',
  operation: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  destinationTemplate: 'messaging.destination.template',
  messageId: 'messaging.message.id',
  batchCount: 'messaging.batch.message_count',
  clientId: 'messaging.client.id',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  errorType: 'error.type',
  job: 'pulsar_queue.job',
  run: 'pulsar_queue.run',
  priority: 'pulsar_queue.priority',
  waitMs: 'pulsar_queue.wait_ms',
  outcome: 'pulsar_queue.outcome',
  state: 'pulsar_queue.state',
} as const

/** Names of metrics. Durations are in seconds. */
export const METRICS = {
  sent: 'messaging.client.sent.messages',
  consumed: 'messaging.client.consumed.messages',
  operationDuration: 'messaging.client.operation.duration',
  processDuration: 'messaging.process.duration',
} as const

/** Names of the metrics of a whole store. */
export const SIZES = {
  tasks: 'pulsar_queue.tasks',
  oldestReady: 'pulsar_queue.oldest_ready',
  workers: 'pulsar_queue.workers',
} as const

/** `pulsar` is Apache Pulsar's. */
export const SYSTEM = 'pulsar_queue'

/** Bounds of the buckets of durations, in seconds, as the conventions name them. Those that SDKs have by themselves are meant for ms. */
export const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const
