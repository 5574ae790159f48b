import type { Logger } from '../logging/logger.js'
import { errorMessage } from '../util/thrown.js'
import type { Broker } from './broker.js'

/** Tells of the set-up of a store. Never rejects: what cannot be found out is told, too. */
export async function tellAdvice(broker: Broker, logger: Logger): Promise<void> {
  try {
    for (const { level, says, fix } of await broker.advice()) logger[level](`${says}; ${fix}`)
  } catch (error) {
    logger.warn(`the set-up of ${broker.address} could not be looked at: ${errorMessage(error)}`)
  }
}
