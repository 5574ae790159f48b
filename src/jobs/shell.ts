import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { isatty } from 'node:tty'
import { InvalidOptionError, ShellError, described } from '../errors.js'
import { deferred } from '../util/deferred.js'
import { errorMessage } from '../util/thrown.js'
import { setTimeout } from '../util/timers.js'

/** Options of a shell command. */
export interface ShellOptions {
  /** Input on stdin. Default: none, stdin is empty. */
  readonly input?: string | Uint8Array | undefined
  /** Working directory. Default: the directory of this process. */
  readonly cwd?: string | undefined
  /** Environment variables, added to those of this process. An undefined value removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Whether the command uses the stdin, stdout and stderr of this process; the result is `''` then. Default false. */
  readonly interactive?: boolean | undefined
}

/** The run to which a command belongs. */
export interface ShellRun {
  /** Stops the command when it is aborted, at the end of the run at the latest. */
  readonly signal: AbortSignal
  /** Time between SIGTERM and SIGKILL, ms. */
  readonly grace: number
  /** The environment variables to which the options of the command add. */
  readonly variables: NodeJS.ProcessEnv
}

/** Most bytes on stdout. A command that writes more is stopped. */
const MOST_OUTPUT = 64 * 1024 * 1024
/** Number of bytes that are kept of the end of stderr. */
const KEPT_ERRORS = 1024 * 1024
const HAS_GROUPS = process.platform !== 'win32'

/**
 * Runs a command in a shell of the system.
 *
 * @returns the command's stdout, as UTF-8, 64 MiB at most
 * @throws {@link ShellError} when the command does not end with exit code 0, or cannot be started; the signal's reason when
 *   the signal was aborted, as soon as the shell has ended
 */
export async function shell(command: string, options: ShellOptions, run: ShellRun): Promise<string> {
  checkCommand(command)
  run.signal.throwIfAborted()
  const call = started(command, options, run.variables)
  const stop = (): void => {
    call.stop(run.grace)
  }
  run.signal.addEventListener('abort', stop, { once: true })
  try {
    return await call.ended()
  } catch (error) {
    run.signal.throwIfAborted()
    throw error
  } finally {
    run.signal.removeEventListener('abort', stop)
  }
}

function started(command: string, options: ShellOptions, variables: NodeJS.ProcessEnv): ShellCall {
  try {
    return new ShellCall(command, options, variables)
  } catch (error) {
    throw notStarted(command, error)
  }
}

function notStarted(command: string, error: unknown): ShellError {
  const reason = `could not be started: ${errorMessage(error)}`
  return new ShellError(command, null, null, '', '', reason)
}

function checkCommand(command: unknown): void {
  if (typeof command === 'string' && command.trim() !== '' && !command.includes('\0')) return
  throw new InvalidOptionError('command', 'a shell command without NUL', described(command))
}

/**
 * A running command: a shell with a process group of its own, so that every process it starts can be stopped with it. Created by
 * {@link shell}. Its output is read at all times, so that a full pipe never holds it up.
 */
class ShellCall {
  readonly #child: ChildProcess
  readonly #stdout: Buffer[] = []
  readonly #stderr: Buffer[] = []
  readonly #leadsGroup: boolean
  #stdoutSize = 0
  #stderrSize = 0
  readonly #stopping = deferred<undefined>()
  #stopped = false
  #overflow = false

  constructor(
    private readonly command: string,
    { input, cwd, env, interactive = false }: ShellOptions,
    variables: NodeJS.ProcessEnv,
  ) {
    // A process group of its own could not read from the terminal, so an interactive command stays in that of this process.
    this.#leadsGroup = HAS_GROUPS && !(interactive && isatty(0))
    const output = interactive ? 'inherit' : 'pipe'
    this.#child = spawn(command, {
      shell: true,
      detached: this.#leadsGroup,
      cwd,
      env: env === undefined ? variables : { ...variables, ...env },
      stdio: [input === undefined ? (interactive ? 'inherit' : 'ignore') : 'pipe', output, output],
    })
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#read(chunk)
    })
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#readError(chunk)
    })
    // The command may end without reading its input, and the write then fails. That is no error.
    this.#child.stdin?.on('error', () => undefined).end(input)
  }

  /** Resolves with the stdout of a command that ends with exit code 0. */
  async ended(): Promise<string> {
    live.add(this)
    try {
      const [code, signal] = await this.#end()
      if (code === 0 && !this.#overflow) return text(this.#stdout)
      throw this.#error(code, signal, this.#overflow ? `wrote more than ${String(MOST_OUTPUT)} bytes on stdout` : null)
    } finally {
      if (!this.#stopped) live.delete(this)
    }
  }

  /** Sends SIGTERM to the process group, and SIGKILL to the processes that are left after `grace` ms. */
  stop(grace: number): void {
    if (this.#stopped) return
    this.#stopped = true
    this.kill('SIGTERM')
    // Processes of the group may outlive the shell, so the kill is not cancelled when the shell ends.
    setTimeout(() => {
      this.kill('SIGKILL')
      live.delete(this)
    }, grace).unref()
    this.#stopping.resolve(undefined)
  }

  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      if (this.#leadsGroup) process.kill(-pid, signal)
      else this.#child.kill(signal)
    } catch {
      // The process group is gone already.
    }
  }

  async #end(): Promise<[number | null, NodeJS.Signals | null]> {
    try {
      // A process that the shell has started may keep the pipes open after the shell has ended. The command is over when the
      // pipes are closed, or, when it was told to stop, as soon as the shell ends.
      const closed = once(this.#child, 'close')
      closed.catch(() => undefined)
      await once(this.#child, 'exit')
      await Promise.race([closed, this.#stopping.promise])
    } catch (error) {
      throw notStarted(this.command, error)
    } finally {
      this.#child.stdout?.destroy()
      this.#child.stderr?.destroy()
    }
    return [this.#child.exitCode, this.#child.signalCode]
  }

  #read(chunk: Buffer): void {
    this.#stdoutSize += chunk.length
    if (this.#stdoutSize <= MOST_OUTPUT) {
      this.#stdout.push(chunk)
      return
    }
    this.#overflow = true
    this.stop(0)
  }

  #readError(chunk: Buffer): void {
    this.#stderr.push(chunk)
    this.#stderrSize += chunk.length
    for (let [first] = this.#stderr; first && this.#stderrSize - first.length >= KEPT_ERRORS; [first] = this.#stderr) {
      this.#stderrSize -= first.length
      this.#stderr.shift()
    }
  }

  #error(code: number | null, signal: NodeJS.Signals | null, reason: string | null): ShellError {
    return new ShellError(this.command, code, signal, text(this.#stdout), text(this.#stderr), reason)
  }
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8')
}

/** The running commands of this process. They are killed when the process ends. */
const live = new Set<ShellCall>()
process.on('exit', () => {
  for (const call of live) call.kill('SIGKILL')
})
