import { stripVTControlCharacters, styleText } from 'node:util'

/** Prints rows below their heads, in columns as wide as their longest entry. */
export function printTable(heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => shown(row[i]).length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => shown(cell).padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  console.log(dim(line(heads)))
  for (const row of rows) console.log(line(row))
}

/** A text that changes nothing on a terminal: payloads and names are those of users. */
export function shown(text: string | undefined): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it removes
  return stripVTControlCharacters(text ?? '').replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}

/** Text in a colour or style of node:util, where a terminal shows it and NO_COLOR is not set. */
export function styled(style: Parameters<typeof styleText>[0], text: string): string {
  return process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '' ? styleText(style, text) : text
}

export function dim(text: string): string {
  return styled('dim', text)
}

export function red(text: string): string {
  return styled('red', text)
}
