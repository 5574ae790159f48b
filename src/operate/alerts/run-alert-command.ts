import { spawn } from 'node:child_process'
import type { Alert } from '../../model/alert.js'
import type { CommandTarget } from '../../model/alert-rules.js'
import { errorMessage } from '../../util/thrown.js'

/** Number of characters of its errors that are kept. */
const KEPT_ERRORS = 500

/**
 * Runs a program, without a shell, with an alert as JSON on its standard input.
 *
 * @param signal - kills it
 * @throws Error where it does not end with exit code 0. It names the program without its arguments, which may have secrets
 */
export async function runAlertCommand(
  { command: [program = '', ...args] }: CommandTarget,
  alert: Alert,
  signal: AbortSignal,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], signal, killSignal: 'SIGKILL' })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-KEPT_ERRORS)
    })
    // A program that reads nothing is none that fails.
    child.stdin.on('error', () => undefined)
    child.stdin.end(`${JSON.stringify(alert)}\n`)
    child.on('error', (error) => {
      const says = signal.aborted ? 'has not ended in time' : `could not be started: ${errorMessage(error)}`
      reject(new Error(`the command ${program} ${says}`))
    })
    child.on('close', (code, killer) => {
      if (code === 0) resolve()
      else reject(new Error(`the command ${program} has ended with ${String(code ?? killer)}: ${errors.trim()}`))
    })
  })
}
