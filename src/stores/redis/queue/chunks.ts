import type { NewTask } from '../../broker.js'

/** Most tasks and bytes that one call carries: the server is never held long. */
export const MAX_TASKS = 500
const MAX_BYTES = 1024 * 1024

/** Tasks in calls of a size that the server may be given. */
export function chunked(tasks: readonly NewTask[]): (readonly NewTask[])[] {
  const chunks: NewTask[][] = []
  let chunk: NewTask[] = []
  let bytes = 0
  for (const task of tasks) {
    if (chunk.length >= MAX_TASKS || (chunk.length > 0 && bytes + task.body.length > MAX_BYTES)) {
      chunks.push(chunk)
      chunk = []
      bytes = 0
    }
    chunk.push(task)
    bytes += task.body.length
  }
  return chunk.length > 0 ? [...chunks, chunk] : chunks
}

/** Ids, likewise. */
export function chunkedIds(ids: readonly string[]): string[][] {
  const chunks: string[][] = []
  for (let i = 0; i < ids.length; i += MAX_TASKS) chunks.push(ids.slice(i, i + MAX_TASKS))
  return chunks
}
