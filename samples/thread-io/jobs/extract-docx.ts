import { writeFile } from 'node:fs/promises'
import { threadId } from 'node:worker_threads'
import { extractRawText } from 'mammoth'
import { BaseJob, Job, THREAD_IO } from 'pulsar-queue'

/** Writes the text of a Word document to a file. In a worker thread: unpacking and parsing would block the event loop. */
@Job({ concurrency: THREAD_IO, maxRetries: 3, retryDelay: '2s', timeout: '1m' })
export class ExtractDocx extends BaseJob {
  async run(input: string, output: string) {
    const { value: text } = await extractRawText({ path: input })
    await writeFile(output, text)
    this.logger.debug(`${input} has ${String(text.length)} characters`)
    return { characters: text.length, thread: threadId }
  }
}
