import { SilentLogger } from './logger.js'

/** Makes each error a warning of the process, and writes nothing else. For producers without a logger. */
export class WarningLogger extends SilentLogger {
  override error(message: string): void {
    process.emitWarning(message, 'PulsarQueue')
  }
}
