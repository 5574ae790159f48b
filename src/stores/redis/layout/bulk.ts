import type { Bytes } from './bytes.js'

/** Lengths whose line is kept. */
const SHORT = 256

const lines: string[] = []

/** A string of bytes as commands carry it: after a line with its length. */
export function bulk(bytes: Bytes): string {
  const { length } = bytes
  const line = length < SHORT ? (lines[length] ??= lineOf(length)) : lineOf(length)
  return `${line}${bytes}\r\n`
}

function lineOf(length: number): string {
  return `$${String(length)}\r\n`
}
