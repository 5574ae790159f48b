import { BaseJob, Job } from 'pulsar-queue'

/** Statistics of a text. */
export interface Statistics {
  words: number
  longest: string
}

/** Counts the words of a text. */
@Job({ maxRetries: 2 })
export class TextStatistics extends BaseJob {
  async run(text: string, options?: { ignore: string[] }): Promise<Statistics> {
    const words = text.split(/\s+/).filter((word) => word !== '' && options?.ignore.includes(word) !== true)
    this.logger.info(`${String(words.length)} words`)
    return { words: words.length, longest: words.reduce((a, b) => (b.length > a.length ? b : a), '') }
  }
}
