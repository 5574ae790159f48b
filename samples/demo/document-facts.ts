import { readFile } from 'node:fs/promises'

/** The entry of one document in the index. */
export interface DocumentFacts {
  /** Words of the text outside code blocks. */
  words: number
  /** The text of its headings, in order. */
  headings: string[]
  /** Targets of its links and images, in order. */
  links: string[]
  /** Time to read it at 230 words a minute, in whole minutes, 1 at least. */
  minutes: number
}

const WORDS_A_MINUTE = 230

/** Reads one Markdown file. */
export async function documentFacts(path: string): Promise<DocumentFacts> {
  const text = withoutCode(await readFile(path, 'utf8'))
  const headings = [...text.matchAll(/^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$/gm)].map(([, heading = '']) => heading)
  const links = [...text.matchAll(/\]\(\s*<?([^\s)>]+)/g)].map(([, target = '']) => target)
  const words = text.match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu)?.length ?? 0
  return { words, headings, links, minutes: Math.max(1, Math.ceil(words / WORDS_A_MINUTE)) }
}

/** Fenced blocks are not prose: neither their words nor what looks like a heading in them counts. */
function withoutCode(markdown: string): string {
  const kept: string[] = []
  let fence: string | null = null
  for (const line of markdown.split(/\r?\n/)) {
    const mark: string | undefined = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence === null) {
      if (mark === undefined) kept.push(line)
      else fence = mark
    } else if (mark?.startsWith(fence) === true) fence = null
  }
  return kept.join('\n')
}
