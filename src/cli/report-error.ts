import { inspect } from 'node:util'
import { CommanderError } from 'commander'
import { isPulsarError } from '../errors.js'
import { printableLines } from './printable.js'
import { didYouMean } from '../util/did-you-mean.js'
import { hidePassword } from '../util/hide-password.js'
import { errorMessage, errorStack, member } from '../util/thrown.js'

/** Exit codes of `pq`. */
export const ExitCode = { ok: 0, failure: 1, usage: 2 } as const

/** Codes of errors in what the user typed. */
const USAGE = new Set([
  'PQ_INVALID_SETTING',
  'PQ_INVALID_URL',
  'PQ_INVALID_OPTION',
  'PQ_INVALID_DURATION',
  'PQ_INVALID_ARGUMENTS',
  'PQ_INVALID_FILTER',
])

/** A wrong usage of `pq` that commander cannot detect. */
export class UsageError extends Error {}

/** The error for a word that is none of those that can stand there. */
export function unknownWord(word: string, words: readonly string[]): UsageError {
  const hint = didYouMean(word, words)
  return new UsageError(`expected one of ${words.join(', ')}, got ${word}${hint === '' ? '' : `; ${hint}`}`)
}

/**
 * Prints an error on stderr: one or two lines, with the stack only if `debug`, and never a password.
 *
 * @returns the exit code
 */
export function reportError(error: unknown, debug: boolean): number {
  // Commander has printed its own message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage
  // Messages of this package are short, and their last line is often the fix.
  const message = isPulsarError(error) ? error.message : brief(errorMessage(error))
  complain(`pq: ${debug ? (errorStack(error) ?? message) : message}`)
  const cause = member(error, 'cause')
  if (debug && cause !== undefined) complain(`caused by: ${inspect(cause)}`)
  const isUsage = error instanceof UsageError || (isPulsarError(error) && USAGE.has(error.code))
  if (isUsage) return ExitCode.usage
  if (!debug && !isPulsarError(error)) console.error('Run it again with --debug for the stack.')
  return ExitCode.failure
}

/** The first two lines, because messages of compilers and drivers can be pages long. */
function brief(message: string): string {
  const lines = message.split('\n').filter((line) => line.trim() !== '')
  return lines.slice(0, 2).join('\n')
}

function complain(text: string): void {
  console.error(printableLines(hidePasswords(text)))
}

function hidePasswords(text: string): string {
  return text.replace(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, (url) => hidePassword(url))
}
