/** Longest line, in characters. A longer one is split. */
const LONGEST = 65_536

/** Splits a stream of text into lines. */
export class LineSplitter {
  #rest = ''

  constructor(private readonly line: (text: string) => void) {}

  push(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#emit(line)
    if (this.#rest.length > LONGEST) this.end()
  }

  /** Ends the text. The rest after the last line break is a line, too. */
  end(): void {
    const rest = this.#rest
    this.#rest = ''
    if (rest !== '') this.#emit(rest)
  }

  #emit(line: string): void {
    this.line(line.endsWith('\r') ? line.slice(0, -1) : line)
  }
}
