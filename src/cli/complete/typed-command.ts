import type { Command, Option } from 'commander'

/** A command as far as it is typed: which option or argument the word under the cursor is, and the options before it. */
export interface TypedCommand {
  readonly command: Command
  /** Values of options by their name in code. */
  readonly flags: Readonly<Record<string, string | boolean>>
  /** Words that are neither options nor values of them. */
  readonly words: readonly string[]
  /** The option that the word is the value of; null: of none. */
  readonly option: Option | null
  /** What stays before the value in the word itself: `--queue=`. */
  readonly prefix: string
  /** The word, without that. */
  readonly word: string
}

/** Reads the words behind the name of a command. @param before - those before the one under the cursor */
export function readTyped(command: Command, before: readonly string[], word: string): TypedCommand {
  const flags: Record<string, string | boolean> = {}
  const words: string[] = []
  let waiting: Option | null = null
  for (const each of before) {
    if (waiting !== null) {
      flags[waiting.attributeName()] = each
      waiting = null
      continue
    }
    const [flag, value] = each.startsWith('--') ? splitFlag(each) : ([each] as const)
    const option = optionOf(command, flag)
    if (option === null) words.push(each)
    else if (option.required && value === undefined) waiting = option
    else flags[option.attributeName()] = value ?? true
  }
  const [flag, value] = splitFlag(word)
  const inWord = waiting === null && value !== undefined ? optionOf(command, flag) : null
  return {
    command,
    flags,
    words,
    option: waiting ?? inWord,
    prefix: inWord === null ? '' : `${flag}=`,
    word: inWord === null ? word : (value ?? ''),
  }
}

function splitFlag(word: string): [flag: string, value?: string] {
  const at = word.indexOf('=')
  return at < 0 || !word.startsWith('--') ? [word] : [word.slice(0, at), word.slice(at + 1)]
}

function optionOf(command: Command, flag: string): Option | null {
  return flag.startsWith('-')
    ? (command.options.find((each) => each.long === flag || each.short === flag) ?? null)
    : null
}
