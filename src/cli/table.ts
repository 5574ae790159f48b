import { styleText } from 'node:util'
import { printable } from './printable.js'

/** Prints rows below their heads, in columns as wide as their longest entry. */
export function printTable(heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const shown = rows.map((row) => row.map(printable))
  const widths = heads.map((head, i) => Math.max(head.length, ...shown.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  console.log(dim(line(heads)))
  for (const row of shown) console.log(line(row))
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
