/** A line on stderr that is written over and over, on a terminal only. */
export class ProgressLine {
  #width = 0
  readonly #isShown: boolean

  constructor(isShown = process.stderr.isTTY) {
    this.#isShown = isShown
  }

  show(text: string): void {
    if (!this.#isShown) return
    process.stderr.write(`\r${text.padEnd(this.#width)}`)
    this.#width = text.length
  }

  /** Removes the line. */
  end(): void {
    if (this.#width > 0) process.stderr.write(`\r${' '.repeat(this.#width)}\r`)
    this.#width = 0
  }
}
