import { shellWord } from '../util/shell-word.js'

/** How a worker of a queue is started. The option splits its names at commas, and the configuration does not. */
export function consumeFix(queue: string): string {
  if (!queue.includes(',')) return `pq start --task-queues ${shellWord(queue)}`
  return `pq start, with taskQueues: [${JSON.stringify(queue)}] in its configuration`
}
