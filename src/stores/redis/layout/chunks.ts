import { CHUNK_BYTES, CHUNK_TASKS } from '../../policy.js'
import type { Encoded } from '../../../model/encoded.js'
import type { NewTask } from '../../broker.js'

/** Splits tasks into calls of at most {@link CHUNK_TASKS} tasks and {@link CHUNK_BYTES} bytes. */
export function chunkTasks(tasks: readonly NewTask[]): (readonly NewTask[])[] {
  return chunked(tasks, ({ body }) => body.length)
}

/** Splits payloads likewise. */
export function chunkPayloads(payloads: readonly Encoded[]): (readonly Encoded[])[] {
  return chunked(payloads, (payload) => payload.length)
}

/** Splits what one call carries likewise. */
export function chunked<T>(items: readonly T[], sizeOf: (item: T) => number): (readonly T[])[] {
  if (isOneChunk(items, sizeOf)) return [items]
  const chunks: T[][] = []
  let chunk: T[] = []
  let bytes = 0
  for (const item of items) {
    const size = sizeOf(item)
    if (chunk.length >= CHUNK_TASKS || (chunk.length > 0 && bytes + size > CHUNK_BYTES)) {
      chunks.push(chunk)
      chunk = []
      bytes = 0
    }
    chunk.push(item)
    bytes += size
  }
  return chunk.length > 0 ? [...chunks, chunk] : chunks
}

/** Whether nothing has to be split, as nearly always. */
export function isOneChunk<T>(items: readonly T[], sizeOf: (item: T) => number): boolean {
  if (items.length === 0 || items.length > CHUNK_TASKS) return false
  let bytes = 0
  for (const item of items) bytes += sizeOf(item)
  return bytes <= CHUNK_BYTES || items.length === 1
}

/** Splits ids likewise. */
export function chunkIds(ids: readonly string[]): string[][] {
  const chunks: string[][] = []
  for (let i = 0; i < ids.length; i += CHUNK_TASKS) chunks.push(ids.slice(i, i + CHUNK_TASKS))
  return chunks
}
