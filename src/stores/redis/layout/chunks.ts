import { CHUNK_BYTES, CHUNK_TASKS } from '../../policy.js'
import type { NewTask } from '../../broker.js'

/** Splits tasks into calls of at most {@link CHUNK_TASKS} tasks and {@link CHUNK_BYTES} bytes. */
export function chunkTasks(tasks: readonly NewTask[]): (readonly NewTask[])[] {
  const chunks: NewTask[][] = []
  let chunk: NewTask[] = []
  let bytes = 0
  for (const task of tasks) {
    if (chunk.length >= CHUNK_TASKS || (chunk.length > 0 && bytes + task.body.length > CHUNK_BYTES)) {
      chunks.push(chunk)
      chunk = []
      bytes = 0
    }
    chunk.push(task)
    bytes += task.body.length
  }
  return chunk.length > 0 ? [...chunks, chunk] : chunks
}

/** Splits ids likewise. */
export function chunkIds(ids: readonly string[]): string[][] {
  const chunks: string[][] = []
  for (let i = 0; i < ids.length; i += CHUNK_TASKS) chunks.push(ids.slice(i, i + CHUNK_TASKS))
  return chunks
}
