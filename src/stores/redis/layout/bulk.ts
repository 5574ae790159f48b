import type { Bytes } from './bytes.js'

/** Lengths whose line is kept. */
const SHORT = 256

const lines: string[] = []

/** A string of bytes as commands carry it: after a line with its length. */
export function bulk(bytes: Bytes): string {
  const { length } = bytes
  const line = length < SHORT ? (lines[length] ??= lengthLine(length)) : lengthLine(length)
  return `${line}${bytes}\r\n`
}

/** The line before a string of so many bytes. */
export function lengthLine(length: number): string {
  return `$${String(length)}\r\n`
}
