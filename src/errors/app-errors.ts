import { PulsarError } from './pulsar-error.js'

/** Something that must be done before `start()`. */
export class AlreadyStartedError extends PulsarError {
  readonly code = 'PQ_ALREADY_STARTED'
  constructor(readonly action: string) {
    super(`${action} after start(); do it before`)
  }
}

/** Something that needs `start()` first. */
export class NotStartedError extends PulsarError {
  readonly code = 'PQ_NOT_STARTED'
  constructor(readonly action: string) {
    super(`${action} before start(); await start() first`)
  }
}

/** Something was asked of a part that is closed. */
export class ClosedError extends PulsarError {
  readonly code = 'PQ_CLOSED'
  constructor(readonly part: string) {
    super(`the ${part} is closed`)
  }
}
