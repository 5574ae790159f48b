import { PulsarError } from './pulsar-error.js'

/** A value that cannot be carried. */
export class SerializationError extends PulsarError {
  readonly code = 'PQ_SERIALIZATION'
  constructor(
    /** Where it is: `args.items[3].callback`. */
    readonly path: string,
    /** What it is. */
    readonly received: string,
    /** Why that cannot be carried. */
    readonly reason = 'cannot be serialized',
    options?: ErrorOptions,
  ) {
    super(`${path === '' ? 'the value' : path} is ${received}, which ${reason}`, options)
  }
}

/** Bytes that no serializer of this package wrote. */
export class DeserializationError extends PulsarError {
  readonly code = 'PQ_DESERIALIZATION'
}

/** The store did not answer. Nothing is known to be lost: a call that was cut off may be repeated under its id. */
export class BrokerUnreachableError extends PulsarError {
  readonly code = 'PQ_BROKER_UNREACHABLE'
  constructor(
    /** Without password. */
    readonly address: string,
    /** ms waited; 0: it answered, and refused. */
    readonly waited: number,
    cause?: unknown,
  ) {
    const reason = cause instanceof Error ? `: ${cause.message}` : ''
    const [what, fix] =
      waited > 0
        ? [`cannot reach ${address} within ${String(waited / 1_000)} s`, 'that it runs and that the address is right']
        : [`cannot use ${address}`, 'the user and the password in its URL']
    super(`${what}${reason}; check ${fix}`, { cause })
  }
}

/** A store that is too old. */
export class BrokerVersionError extends PulsarError {
  readonly code = 'PQ_BROKER_VERSION'
  constructor(
    readonly address: string,
    readonly found: string,
    readonly required: string,
  ) {
    super(`${address} is version ${found}, and pulsar-queue needs ${required} or newer`)
  }
}

/** The store refuses to take more. Nothing was queued; what is queued still drains. */
export class BrokerFullError extends PulsarError {
  readonly code = 'PQ_BROKER_FULL'
  constructor(
    readonly address: string,
    reason: string,
  ) {
    super(`${address} takes no more tasks: ${reason}`)
  }
}

/** Data of another version of this package lies where the broker was opened. */
export class LayoutVersionError extends PulsarError {
  readonly code = 'PQ_LAYOUT_VERSION'
  constructor(
    /** Where: a path, or an address and a queue. */
    readonly place: string,
    readonly found: string,
    readonly expected: string,
  ) {
    super(
      `${place} holds data of layout ${found}, and this version of pulsar-queue reads layout ${expected}; drain it with the version that wrote it, or use another place`,
    )
  }
}

/** A directory for the embedded broker that cannot be made, read or written. */
export class EmbeddedDirectoryError extends PulsarError {
  readonly code = 'PQ_EMBEDDED_DIRECTORY'
  constructor(
    readonly path: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`cannot use ${path} for the embedded broker: ${reason}`, options)
  }
}

/** A worker's lease ran out. */
export class LeaseLostError extends PulsarError {
  readonly code = 'PQ_LEASE_LOST'
  constructor(
    readonly queue: string,
    readonly worker: string,
  ) {
    super(`worker ${worker} holds no lease on queue ${queue}; it must join anew`)
  }
}

/** A call of a lane that is older than its last. */
export class StaleCallError extends PulsarError {
  readonly code = 'PQ_STALE_CALL'
  constructor(
    readonly queue: string,
    readonly worker: string,
    readonly seq: number,
  ) {
    super(`call ${String(seq)} of worker ${worker} on queue ${queue} is older than its last`)
  }
}
