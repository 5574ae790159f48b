import type { Command } from 'commander'

/** The texts that follow the options in the help of a command. */
export interface HelpTexts {
  /** Paragraphs about the command. */
  readonly notes?: readonly string[]
  /** Command lines with their meaning. */
  readonly examples: readonly (readonly [meaning: string, line: string])[]
  /** The meaning of each exit code. */
  readonly exitCodes: string
}

/** Adds notes, examples and exit codes to the help of a command. */
export function addHelpTexts(command: Command, { notes = [], examples, exitCodes }: HelpTexts): Command {
  const shown = examples.map(([meaning, line]) => `  # ${meaning}\n  $ ${line}`)
  return command.addHelpText(
    'after',
    [
      ...notes.map((note) => `\n${note}`),
      `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n${shown.join('\n')}`,
      `\nExit codes: ${exitCodes}`,
    ].join('\n'),
  )
}
