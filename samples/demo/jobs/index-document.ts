import { BaseJob, Job } from 'pulsar-queue'
import type { DocumentFacts } from '../document-facts.js'
import { documentFacts } from '../document-facts.js'

/** Reads one Markdown file: its words, headings, links and reading time. */
@Job({ maxRetries: 1 })
export class IndexDocument extends BaseJob {
  async run(path: string): Promise<DocumentFacts> {
    return await documentFacts(path)
  }
}
