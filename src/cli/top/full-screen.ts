import { writeSync } from 'node:fs'
import { emitKeypressEvents } from 'node:readline'
import { setImmediate } from '../../util/timers.js'

/** The other screen of the terminal, without cursor; too long lines are cut instead of wrapped. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l'
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l'

/** A key as node:readline names it. */
export interface Key {
  readonly name: string
  /** What it writes; empty: nothing. */
  readonly text: string
}

/** What a full screen shows, and what it tells. */
interface Shown {
  readonly lines: (columns: number, rows: number) => readonly string[]
  readonly pressed: (key: Key) => void
}

/**
 * The whole terminal, until it is closed. However the process ends, short of SIGKILL, the terminal is as it was before: an error that
 * nobody catches is printed after that. Ctrl-C, SIGINT, SIGTERM and SIGHUP ask for the end; Ctrl-Z suspends.
 */
export class FullScreen {
  #isOpen = false
  readonly #ended = new AbortController()

  constructor(private readonly shown: Shown) {}

  /** Aborted by whatever ends it. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  open(): void {
    emitKeypressEvents(process.stdin)
    process.stdin.on('keypress', this.#pressed).on('end', this.end).resume()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, this.end)
    process.on('exit', this.#leave).on('SIGCONT', this.#enter)
    process.stdout.on('resize', this.draw)
    this.#enter()
  }

  close(): void {
    process.stdin.off('keypress', this.#pressed).off('end', this.end).pause()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, this.end)
    process.off('exit', this.#leave).off('SIGCONT', this.#enter)
    process.stdout.off('resize', this.draw)
    this.#leave()
  }

  readonly end = (): void => {
    this.#ended.abort()
  }

  /** Writes the whole screen in one piece, so that it does not flicker. */
  readonly draw = (): void => {
    if (!this.#isOpen) return
    const { columns, rows } = process.stdout
    const lines = this.shown.lines(columns, rows).slice(0, rows)
    process.stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[0m\x1b[K`).join('\r\n')}\x1b[J`)
  }

  readonly #enter = (): void => {
    process.stdin.setRawMode(true)
    this.#isOpen = true
    process.stdout.write(ENTER)
    this.draw()
  }

  /** Written at once: a process that ends writes nothing later. */
  readonly #leave = (): void => {
    if (!this.#isOpen) return
    this.#isOpen = false
    process.stdin.setRawMode(false)
    try {
      writeSync(process.stdout.fd, LEAVE)
    } catch {
      // The terminal is gone.
    }
  }

  readonly #pressed = (
    text: string | undefined,
    { name = '', ctrl = false }: { name?: string; ctrl?: boolean },
  ): void => {
    if (ctrl && name === 'c') this.end()
    else if (ctrl && name === 'z') this.#suspend()
    else if (!ctrl) this.shown.pressed({ name, text: text ?? '' })
    this.draw()
  }

  #suspend(): void {
    this.#leave()
    setImmediate(() => process.kill(process.pid, 'SIGTSTP'))
  }
}
