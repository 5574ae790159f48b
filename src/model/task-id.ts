import { randomFillSync } from 'node:crypto'

const ALPHABET = '0123456789abcdefghijklmnopqrstuv'
const RANDOM = 17
const pool = new Uint8Array(RANDOM * 512)
let used = pool.length

/** Four characters that tell a queue's name from most others. */
export function queueTag(queue: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < queue.length; i++) hash = Math.imul(hash ^ queue.charCodeAt(i), 0x01000193)
  let tag = ''
  for (let i = 0; i < 4; i++) tag += ALPHABET.charAt((hash >>> (i * 5)) & 31)
  return tag
}

/**
 * A new task id: `i`, 85 random bits, and the tag of its queue, so that a task can be looked up by its id alone in one
 * queue or two instead of all. 22 characters.
 */
export function newTaskId(tag: string): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  let id = 'i'
  for (let i = 0; i < RANDOM; i++) id += ALPHABET.charAt((pool[used++] ?? 0) & 31)
  return id + tag
}

/** Whether an id may have been made by {@link newTaskId}, rather than by the caller. */
export function isGeneratedId(id: string): boolean {
  return /^i[0-9a-v]{21}$/.test(id)
}

/** The tag of the queue that a generated id was made for. */
export function tagOfId(id: string): string {
  return id.slice(-4)
}
