import type { Command } from 'commander'
import { printable } from '../printable.js'
import type { Candidate } from './candidate.js'
import { completeWords } from './complete-words.js'
import { splitLine } from './split-line.js'

/** What the scripts of `pq completion` take for: any file. */
const FILES = ':files'

/**
 * `pq __complete <shell> ...`, which the scripts of `pq completion` call: prints what the word under the cursor can become, one a line.
 *
 * @param args - for bash its COMP_WORDBREAKS and the line up to the cursor; for zsh and fish the words behind `pq`
 */
export async function complete(program: Command, [shell, ...args]: readonly string[]): Promise<string[]> {
  if (shell !== 'bash') {
    const candidates = await completeWords(program, args)
    return candidates === 'files'
      ? [FILES]
      : candidates.map(({ text, about }) => `${printable(text)}\t${printable(about)}`)
  }
  const [breaks = '', line = ''] = args
  const { words, quote } = splitLine(line)
  const candidates = await completeWords(program, words.slice(1))
  if (candidates === 'files') return [FILES]
  return bashReplies(candidates, words.at(-1) ?? '', quote === '' ? breaks : '', quote)
}

/** Bash replaces what stands behind the last character at which it breaks words, so that is what it is given. */
function bashReplies(candidates: readonly Candidate[], word: string, breaks: string, quote: string): string[] {
  const kept = Math.max(
    0,
    ...[':', '='].filter((each) => breaks.includes(each)).map((each) => word.lastIndexOf(each) + 1),
  )
  return candidates.map(({ text }) => {
    const reply = printable(text.slice(kept))
    return quote === '' ? reply.replace(/[^\w@%+=:,./~^>-]/gu, '\\$&') : reply
  })
}
