import type { Command } from 'commander'

/** A term with a minus in front, such as -queue:mail or -args.customer:42: no option has a colon or a dot in its name. */
const MINUS_TERM = /^-[a-z]+[:.]/
/** What keeps it from being an option. */
const NO_OPTION = ' '

/** The filter in the words of a command line. */
export function filterOf(words: readonly string[]): string {
  return words.map((word) => (word.startsWith(`${NO_OPTION}-`) ? word.slice(NO_OPTION.length) : word)).join(' ')
}

/** How filters are written, for the help of commands. */
export const FILTER_NOTE =
  'A filter is one or more terms, all of which must match: state: queue: job: id: tag: args.<path>: meta.<path>: result.<path>:\n' +
  'error: problem: worker: priority:>=5 run:>1 ran:>30s waited:>1m since:2h until:. A comma means or, - before a term means not, * stands for\n' +
  "any text, quotes keep blanks. Quote the whole filter where it has a star, a quote or a -. A single word is a task's id."

/**
 * A command line whose terms with a minus in front are taken for words of the filter, and not for options.
 *
 * @param argv - the command line without program and script
 */
export function withMinusTerms(program: Command, argv: readonly string[]): string[] {
  const command = program.commands.find((each) => each.name() === argv[0])
  if (command?.registeredArguments[0]?.name() !== 'filter') return [...argv]
  const takesValue = (word = ''): boolean =>
    command.options.some(({ long, short, required }) => required && (word === long || word === short))
  const end = argv.indexOf('--')
  return argv.map((word, i) => {
    const isOver = end >= 0 && i > end
    return !isOver && MINUS_TERM.test(word) && !takesValue(argv[i - 1]) ? NO_OPTION + word : word
  })
}
