import { startOf } from '../util/cut-text.js'

/** Longest message that is kept, characters. */
const LONGEST = 300
/** Longest part of a message that is read. */
const LONGEST_READ = 2_000
/** Most arguments that are looked for in a message, and how deep they lie at most. */
const MOST_VALUES = 200
const DEEPEST = 4
/** Shorter arguments stand in words by chance. */
const SHORTEST_VALUE = 3

/** What stands for an argument until all else is blanked: a word, so that a path or host with it is one all the same. */
const ARGUMENT = 'ARG0ARG'

/** Endings of names that are those of files. */
const FILE_ENDINGS =
  '7z|avi|avro|bak|bmp|bz2|cfg|conf|cpp|crt|css|csv|db|docx?|eml|flac|gif|gz|heic|html?|ics|ini|jar|java|jpe?g|[cm]?jsx?|json|jsonl|log|lua|md|mkv|mov|' +
  'mp[34]|ndjson|odt|ogg|parquet|pdf|pem|php|png|pptx?|py|rb|rs|rtf|scss|sh|sql|sqlite3?|svg|tar|tgz|tiff?|tmp|toml|[cm]?tsx?|tsv|txt|wasm|wav|' +
  'webm|webp|xlsx?|xml|xz|ya?ml|zip'
/** Last parts of names of hosts. A member of an object has none of these names. */
const DOMAINS =
  'ai|app|arpa|au|biz|br|ca|ch|cloud|cn|co|com|corp|cz|de|dev|dk|edu|es|eu|example|fi|fr|gov|home|hu|ie|il|info|int|internal|intra|invalid|io|jp|kr|' +
  'lan|local|localdomain|localhost|mil|mx|net|nl|nz|online|org|pl|pt|ro|ru|se|site|svc|tech|test|tr|tw|ua|uk|us|xyz|za'
/** Those that are words of code, too, as in `user.id`: they end hosts of three parts and more. */
const AMBIGUOUS_DOMAINS = 'as|at|be|by|do|id|in|is|it|me|my|no|so|to'
/** What stands behind a name that is code: a call, or what a runtime says of it. */
const NO_CODE = String.raw`(?![\w-])(?!\.\w)(?!\(| is not (?:an? |defined|iterable))`

const FILE = new RegExp(
  String.raw`(?<![\w.@%+=~<-])(?:[\w.@%+=~-]+\/)*[\w@%+=~-][\w.@%+=~-]*\.(?:${FILE_ENDINGS})${NO_CODE}(?::\d+){0,2}`,
  'gi',
)
const NAMED_HOST = new RegExp(
  String.raw`\b(?:[\w-]+(?:\.[\w-]+)*\.[a-z][\w-]*:\d+|(?:[\w-]+\.)+(?:${DOMAINS})${NO_CODE}|(?:[\w-]+\.){2,}(?:${AMBIGUOUS_DOMAINS})${NO_CODE})(?!\w)`,
  'gi',
)

/** What differs from task to task, and what stands in its place. What comes first takes the text from what follows. */
const BLANKS: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w<])(?:"[^"\n]*"|`[^`\n]*`|'[^'\n]*'|“[^”\n]*”|‘[^’\n]*’)(?!\w)/g, '<text>'],
  [/\b[a-z][a-z\d+.-]*:\/\/[^\s)\]}>,;]+/gi, '<url>'],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '<mail>'],
  [/(?<![\w<])[A-Za-z]:\\[^\s:*?"<>|]+|(?<![\w<.])(?:~|\.{1,2})?(?:\/[\w.@%+=~-]+)+\/?/g, '<path>'],
  [/\[?(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}\]?(?![\w.])(?::\d+)?/gi, '<host>'],
  [/(?<=\b(?:ENOTFOUND|EAI_AGAIN)\s+)(?!<)[\w.-]+/g, '<host>'],
  [FILE, '<path>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?!\w)/g, '<host>'],
  [
    /(?<=\b(?:host|hostname|server|node|E[A-Z]+(?:REFUSED|RESET|TIMEDOUT|UNREACH))\s+)[\w-]+(?:\.[\w-]+)+(?::\d+)?/gi,
    '<host>',
  ],
  [NAMED_HOST, '<host>'],
  [/\b[\w-]+:\d{2,5}\b/g, '<host>'],
  [/(?<![\w-])ARG0ARG(?![\w-])/g, '<arg>'],
  [/[\w-]*\d[\w-]*(?:\.\d[\w-]*)*/g, '<n>'],
]

/**
 * The message of an error without what differs from task to task: its arguments, quotes, addresses, paths, ids and numbers. So it is the
 * same for all tasks that fail alike, and has none of their data.
 */
export function blankMessage(message: string, args: unknown): string {
  let text = startOf(message, LONGEST_READ)
  const values = [...new Set(textsIn(args))].sort((a, b) => b.length - a.length)
  for (const value of values) if (text.includes(value)) text = text.replaceAll(wordsOf(value), ARGUMENT)
  for (const [pattern, blank] of BLANKS) text = text.replace(pattern, blank)
  // A list is the same however long it is.
  const short = text.replace(/(<\w+>)(?:[\s,;:.]*(?:and\s+|or\s+)?\1)+/g, '$1').replace(/\s+/g, ' ')
  return startOf(short.trim(), LONGEST)
}

/** A text where it is no part of a word. */
function wordsOf(text: string): RegExp {
  const begin = /^\w/.test(text) ? '(?<!\\w)' : ''
  const end = /\w$/.test(text) ? '(?!\\w)' : ''
  return new RegExp(begin + text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') + end, 'g')
}

/** The texts in a value, as far as a message may quote them. */
function textsIn(value: unknown): string[] {
  const found: string[] = []
  const look = (each: unknown, depth: number): void => {
    if (found.length >= MOST_VALUES) return
    if (typeof each === 'string') {
      if (each.length >= SHORTEST_VALUE && each.length <= LONGEST_READ) found.push(each)
    } else if (typeof each === 'object' && each !== null && depth < DEEPEST) {
      for (const item of each instanceof Map ? each.values() : Object.values(each)) look(item, depth + 1)
    }
  }
  look(value, 0)
  return found
}
