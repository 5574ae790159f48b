import { BaseJob, GREEN_IO, Job } from 'pulsar-queue'

/** Follows the links of a site. A generator can be stopped at any `yield`; its `finally` blocks run then. */
@Job({ concurrency: GREEN_IO })
export class Crawl extends BaseJob {
  *run(start: string, most = 100) {
    const found = new Map<string, number>()
    const queue = [start]
    try {
      for (let url = queue.shift(); url !== undefined && found.size < most; url = queue.shift()) {
        if (found.has(url)) continue
        const response = yield* this.wait(this.http.fetch(url))
        const page = yield* this.wait(response.text())
        found.set(url, page.length)
        yield* this.wait(this.progress(found.size))
        for (const [, link = ''] of page.matchAll(/href="([^"]+)"/g)) queue.push(new URL(link, url).href)
      }
      return { pages: found.size, characters: [...found.values()].reduce((sum, length) => sum + length, 0) }
    } finally {
      this.logger.info(`saw ${String(found.size)} pages`)
    }
  }
}
