/** The filter in the words of a command line. A single word without a key is the id of a task. */
export function filterOf(words: readonly string[]): string {
  const [only = ''] = words
  return only !== '' && words.length === 1 && !/[:\s"']/.test(only) ? `id:${only}` : words.join(' ')
}

/** How filters are written, for the help of commands. */
export const FILTER_NOTE =
  'A filter is one or more terms, all of which must match: state: queue: job: id: tag: args.<path>: meta.<path>: result.<path>:\n' +
  'error: problem: worker: priority:>=5 run:>1 ran:>30s waited:>1m since:2h until:. A comma means or, - before a term means not, * stands for\n' +
  "any text, quotes keep blanks. Quote the whole filter where it has a star, a quote or a -. A single word is a task's id."
