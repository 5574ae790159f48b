import { styleText } from 'node:util'
import { printable } from './printable.js'

/** Prints rows below their heads, in columns as wide as their longest entry. */
export function printTable(heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const shown = rows.map((row) => row.map(printable))
  const widths = widthsOf(heads, shown)
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  console.log(dim(line(heads)))
  for (const row of shown) console.log(line(row))
}

/** How many of the columns, from the first on, fit into so many characters: one at least. */
export function columnsWithin(width: number, heads: readonly string[], rows: readonly (readonly string[])[]): number {
  const shown = rows.map((row) => row.map(printable))
  let end = -2
  const ends = widthsOf(heads, shown).map((each) => (end += each + 2))
  return Math.max(1, ends.filter((each) => each <= width).length)
}

function widthsOf(heads: readonly string[], rows: readonly (readonly string[])[]): number[] {
  return heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)))
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
