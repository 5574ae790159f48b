import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { isatty } from 'node:tty'
import { InvalidOptionError, ShellError, described } from '../errors.js'
import { deferred } from '../util/deferred.js'
import { errorMessage } from '../util/thrown.js'

/** How a shell command is run. */
export interface ShellOptions {
  /** The input of the command on stdin. Default: none, its stdin is at its end. */
  readonly input?: string | Uint8Array | undefined
  /** Working directory. Default: that of this process. */
  readonly cwd?: string | undefined
  /** Variables besides those of this process; one that is undefined is left out. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Whether it has this process's stdin, stdout and stderr. It resolves to `''` then. Default false. */
  readonly interactive?: boolean | undefined
}

/** The run that a command belongs to. */
export interface ShellRun {
  /** Stops the command when it is aborted. */
  readonly signal: AbortSignal
  /** Time that a command which is told to stop gets before it is killed, ms. */
  readonly grace: number
}

/** More on stdout than this ends the command, bytes. */
const MOST_OUTPUT = 64 * 1024 * 1024
/** Of stderr, the last of it is kept, bytes. */
const KEPT_ERRORS = 1024 * 1024
const HAS_GROUPS = process.platform !== 'win32'

/**
 * Runs a command in a shell of the system.
 *
 * @returns what it wrote on stdout, as UTF-8, 64 MiB at most
 * @throws {@link ShellError} when it does not end with exit code 0, or cannot be started; the reason of the signal when
 *   that was aborted, as soon as the shell has ended
 */
export async function shell(command: string, options: ShellOptions, run: ShellRun): Promise<string> {
  checkCommand(command)
  run.signal.throwIfAborted()
  const call = started(command, options)
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

function started(command: string, options: ShellOptions): ShellCall {
  try {
    return new ShellCall(command, options)
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
 * A command: a shell that leads a process group, so that all it starts can be stopped with it. Made by {@link shell}.
 * Its output is read all the time, however much it is.
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
  ) {
    // A group of its own could not read from the terminal.
    this.#leadsGroup = HAS_GROUPS && !(interactive && isatty(0))
    const output = interactive ? 'inherit' : 'pipe'
    this.#child = spawn(command, {
      shell: true,
      detached: this.#leadsGroup,
      cwd,
      env: env === undefined ? process.env : { ...process.env, ...env },
      stdio: [input === undefined ? (interactive ? 'inherit' : 'ignore') : 'pipe', output, output],
    })
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#read(chunk)
    })
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#readError(chunk)
    })
    // A program need not read what it is given.
    this.#child.stdin?.on('error', () => undefined).end(input)
  }

  /** Resolves with its output when it ended well. */
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

  /** Tells it to end, and kills what is left of it after `grace` ms. */
  stop(grace: number): void {
    if (this.#stopped) return
    this.#stopped = true
    this.kill('SIGTERM')
    // The group may outlive the shell; what is gone by then is not there to be killed.
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
      // It has ended.
    }
  }

  async #end(): Promise<[number | null, NodeJS.Signals | null]> {
    try {
      // A process that it has started may hold its pipes longer than it lives. Their end counts, unless it was told to stop.
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

/** A process that ends does not leave its commands behind. */
const live = new Set<ShellCall>()
process.on('exit', () => {
  for (const call of live) call.kill('SIGKILL')
})
