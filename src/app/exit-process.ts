import type { Logger } from '../logging/logger.js'
import { longTimeout } from '../util/long-timeout.js'
import { errorMessage } from '../util/thrown.js'

/** How a process ends. */
export interface ProcessExit {
  readonly logger: Logger
  /** Time that closing has, ms. A store that is gone answers nothing any more. */
  readonly limit: number
  /** Closes the app. */
  readonly close: () => Promise<void>
  /** Called before the process ends in the middle of closing. */
  readonly onOverdue?: () => void
}

/** Closes an app and ends the process: with 0, or with 1 where closing failed or did not end in time. */
export async function exitProcess({ logger, limit, close, onOverdue }: ProcessExit): Promise<never> {
  longTimeout(() => {
    logger.error(`the app was not closed after ${String(limit / 1_000)} s; the process ends`)
    onOverdue?.()
    process.exit(1)
  }, limit).unref()
  try {
    await close()
  } catch (error) {
    logger.error(`stopping failed: ${errorMessage(error)}`)
    process.exitCode = 1
  }
  process.exit()
}
