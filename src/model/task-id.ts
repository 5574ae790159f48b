import { randomFillSync } from 'node:crypto'
import { member } from '../util/thrown.js'

const ALPHABET = '0123456789abcdefghijklmnopqrstuv'
const RANDOM = 17
const pool = new Uint8Array(RANDOM * 512)
let used = pool.length

/** A hash of a queue's name, four characters long. Few queues share one. */
export function queueTag(queue: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < queue.length; i++) hash = Math.imul(hash ^ queue.charCodeAt(i), 0x01000193)
  let tag = ''
  for (let i = 0; i < 4; i++) tag += ALPHABET.charAt((hash >>> (i * 5)) & 31)
  return tag
}

/**
 * Makes a task id of 22 characters: `i`, 85 random bits, and the tag of its queue. The tag lets a task be looked up by its id
 * alone: only the queues with that tag, nearly always one, have to be asked.
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

/** The id that the options of a call give; undefined where they give none, or it cannot be read. */
export function givenId(options: unknown): string | undefined {
  const id = member(options, 'id')
  return typeof id === 'string' ? id : undefined
}

/** Whether an id has the form of {@link newTaskId}. An id without it was given by a caller. */
export function isGeneratedId(id: string): boolean {
  return /^i[0-9a-v]{21}$/.test(id)
}

/** The tag of the queue in a generated id. */
export function tagOfId(id: string): string {
  return id.slice(-4)
}
