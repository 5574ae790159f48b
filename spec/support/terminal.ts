import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { inspect } from 'node:util'
import { findPython } from '../../.ci/find-python.mjs'

/**
 * A pseudo-terminal: Python's, since Node has none. It copies between the program and this process, sets the size that it reads from file
 * descriptor 3, and ends with the exit code of the program.
 */
const PTY = `
import fcntl, os, pty, select, signal, struct, sys, termios
def size(rows, columns): fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
ready, go = os.pipe()
pid, master = pty.fork()
if pid == 0:
    os.read(ready, 1)
    os.execvp(sys.argv[3], sys.argv[3:])
size(int(sys.argv[1]), int(sys.argv[2]))
os.write(go, b'x')
sys.stderr.write(str(pid) + '\\n'); sys.stderr.flush()
sources = [0, 3, master]
while True:
    for source in select.select(sources, [], [])[0]:
        try: data = os.read(source, 65536)
        except OSError: data = b''
        if source == master:
            if not data:
                status = os.waitpid(pid, 0)[1]
                sys.exit(os.waitstatus_to_exitcode(status) & 255)
            os.write(1, data)
        elif not data:
            sources.remove(source)
            # The spec is gone, and so its terminal.
            if source == 0: os.kill(pid, signal.SIGHUP)
        elif source == 3: size(*map(int, data.decode().split()[-2:]))
        else: os.write(master, data)
`

/** A Python 3 of this machine, or one that was fetched. */
const python = await findPython()

/** Sequences, control characters and texts between them; last what may be the beginning of a sequence. */
const PARTS =
  // eslint-disable-next-line no-control-regex -- these are what a terminal reads
  /\x1b\[([?>]?)([\d;]*)([A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>]|[\r\n\b\x07]|[^\x1b\r\n\b\x07]+|\x1b.*$/gs

/** Longest time that a program has to show something, ms. */
const LONGEST_WAIT = 20_000

interface Screen {
  lines: string[]
  row: number
  column: number
}

const emptyScreen = (): Screen => ({ lines: [''], row: 0, column: 0 })

/** What a program shows on a terminal, read as a terminal reads it: the sequences that our programs and shells use. */
export class Terminal implements AsyncDisposable {
  /** All that was written. */
  output = ''
  /** Whether the program has the other screen. */
  isFull = false
  isCursorShown = true
  wraps = true
  readonly #child: ChildProcess
  readonly #pid: Promise<number>
  readonly #exit: Promise<number | null>
  #main = emptyScreen()
  #full = emptyScreen()
  #unread = ''

  constructor(
    command: readonly string[],
    private columns: number,
    private rows: number,
    options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
  ) {
    const env = { ...process.env, TERM: 'xterm-256color', ...options.env }
    this.#child = spawn(python, ['-c', PTY, String(rows), String(columns), ...command], {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      cwd: options.cwd,
      env,
    })
    this.#exit = once(this.#child, 'close').then(([code]: (number | null)[]) => code ?? null)
    this.#pid = once(this.#child.stderr as NodeJS.ReadableStream, 'data').then(([line]) => Number(String(line)))
    this.#child.stdout?.setEncoding('utf8').on('data', (data: string) => {
      this.output += data
      this.#read(data)
    })
  }

  /** The lines that are seen. */
  get lines(): readonly string[] {
    return this.#screen().lines.map((line) => line.trimEnd())
  }

  get text(): string {
    return this.lines.join('\n')
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  resize(columns: number, rows: number): void {
    ;[this.columns, this.rows] = [columns, rows]
    ;(this.#child.stdio[3] as Writable).write(`${String(rows)} ${String(columns)}\n`)
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    process.kill(await this.#pid, signal)
  }

  /** The exit code of the program, once it has ended. */
  async exit(): Promise<number | null> {
    return await this.#exit
  }

  /** Waits until the terminal is as a function wants it, and else says what it shows. */
  async until(isSo: (terminal: this) => boolean): Promise<void> {
    const late = AbortSignal.timeout(LONGEST_WAIT)
    const ended = this.#exit.then(() => [])
    while (!isSo(this)) {
      const more = once(this.#child.stdout as NodeJS.ReadableStream, 'data', { signal: late }).catch(() => [])
      const [data] = (await Promise.race([more, ended])) as unknown[]
      if (data === undefined && !isSo(this)) {
        throw new Error(
          `expected the terminal to show something else by now, got:\n${this.text}\nof ${inspect(this.output)}`,
        )
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) await this.signal('SIGKILL')
    await this.#exit
  }

  #screen(): Screen {
    return this.isFull ? this.#full : this.#main
  }

  #read(data: string): void {
    for (const [text, mark, numbers = '', letter] of (this.#unread + data).matchAll(PARTS)) {
      this.#unread = ''
      if (letter !== undefined) this.#obey(`${mark ?? ''}${letter}`, numbers.split(';').map(Number))
      else if (text.startsWith('\x1b')) this.#unread = /^.[\]=>]/s.test(text) ? '' : text
      else this.#write(text)
    }
  }

  #write(text: string): void {
    const screen = this.#screen()
    if (text === '\r') screen.column = 0
    else if (text === '\n') this.#down(screen)
    else if (text === '\b') screen.column = Math.max(0, screen.column - 1)
    else if (text !== '\x07') for (const letter of text) this.#put(screen, letter)
  }

  #put(screen: Screen, letter: string): void {
    if (screen.column >= this.columns) {
      if (!this.wraps) screen.column = this.columns - 1
      else {
        screen.column = 0
        this.#down(screen)
      }
    }
    const line = (screen.lines[screen.row] ?? '').padEnd(screen.column)
    screen.lines[screen.row] = line.slice(0, screen.column) + letter + line.slice(screen.column + 1)
    screen.column++
  }

  #down(screen: Screen): void {
    screen.row++
    if (screen.row < this.rows) screen.lines[screen.row] ??= ''
    else {
      screen.lines = [...screen.lines.slice(1), '']
      screen.row = this.rows - 1
    }
  }

  #obey(order: string, numbers: readonly number[]): void {
    const screen = this.#screen()
    if (order === '?h' || order === '?l') this.#set(numbers[0] ?? 0, order === '?h')
    else if (order === 'H') {
      screen.row = Math.max(1, numbers[0] ?? 1) - 1
      screen.column = Math.max(1, numbers[1] ?? 1) - 1
    } else if (order === 'C') screen.column += Math.max(1, numbers[0] ?? 1)
    else if (order === 'D') screen.column = Math.max(0, screen.column - Math.max(1, numbers[0] ?? 1))
    else if (order === 'K') screen.lines[screen.row] = (screen.lines[screen.row] ?? '').slice(0, screen.column)
    else if (order === 'J') screen.lines = screen.lines.slice(0, screen.row + 1)
  }

  #set(mode: number, isOn: boolean): void {
    if (mode === 25) this.isCursorShown = isOn
    else if (mode === 7) this.wraps = isOn
    else if (mode === 1049) {
      this.isFull = isOn
      this.#full = emptyScreen()
    }
  }
}
