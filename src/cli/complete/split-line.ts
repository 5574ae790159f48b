/** A line of a shell up to the cursor, in words. */
export interface SplitLine {
  /** Without quotes. The last one is under the cursor, and may be empty. */
  readonly words: readonly string[]
  /** The quote that is open at the cursor; empty: none. */
  readonly quote: string
}

/** Splits a line as a POSIX shell would that expands nothing. Bash itself splits at `:` and `=` as well, and so hides where words begin. */
export function splitLine(line: string): SplitLine {
  const words: string[] = []
  let word: string | null = null
  let quote = ''
  for (let i = 0; i < line.length; i++) {
    const letter = line.charAt(i)
    if (letter === '\\' && quote !== "'") word = (word ?? '') + line.charAt(++i)
    else if (letter === quote) quote = ''
    else if (quote === '' && (letter === "'" || letter === '"')) {
      quote = letter
      word ??= ''
    } else if (quote === '' && /\s/.test(letter)) {
      if (word !== null) words.push(word)
      word = null
    } else word = (word ?? '') + letter
  }
  return { words: [...words, word ?? ''], quote }
}
