import { createHash, randomFillSync } from 'node:crypto'
import { member } from '../util/thrown.js'

const ALPHABET = '0123456789abcdefghijklmnopqrstuv'
const RANDOM = 12
const COUNTED = 3
/** Ids that share their random part. */
const BLOCK = ALPHABET.length ** COUNTED
/** The partition of the queue: so far a queue has one. */
const PARTITION = '00'

/** Ids that share their random part, and what they are put together from: few new texts an id. */
interface Block {
  readonly random: string
  used: number
  /** All before the last character that counts. It changes once in 32 ids. */
  stem: string
  /** All from that character on, by its value. */
  readonly ends: readonly string[]
}

const blocks = new Map<string, Block>()
const pool = new Uint8Array((RANDOM + COUNTED) * 512)
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
 * Makes a task id of 22 characters: `i`, 12 random ones, 3 that count, the partition, and the tag of its queue. The tag lets a
 * task be looked up by its id alone: only the queues with that tag, nearly always one, have to be asked.
 *
 * A process draws the random part, 60 bits, once for 32,768 ids of a queue, so that ids which are made together lie together
 * in an index: that halves the time to store a task in SQLite, and more where many are stored already. So an id is no secret.
 * Without a tag, all 15 are random.
 */
export function newTaskId(tag: string): string {
  if (tag === '') return `i${randomText(RANDOM + COUNTED)}${PARTITION}`
  let block = blocks.get(tag)
  if (block === undefined || block.used === BLOCK) {
    const ends = Array.from(ALPHABET, (last) => `${last}${PARTITION}${tag}`)
    block = { random: randomText(RANDOM), used: 0, stem: '', ends }
    blocks.set(tag, block)
  }
  const n = block.used++
  if ((n & 31) === 0) block.stem = `i${block.random}${ALPHABET.charAt(n >> 10)}${ALPHABET.charAt((n >> 5) & 31)}`
  return block.stem + (block.ends[n & 31] ?? '')
}

/**
 * The id of the task that a periodic job has at a tick. It is computed, so that all schedulers make the same one: where a failover of
 * the store has forgotten a tick, its task is known. It has the form of {@link newTaskId}.
 *
 * @param at - the tick, ms since the epoch
 */
export function tickTaskId(queue: string, job: string, at: number): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([queue, job, at]))
    .digest()
  let text = ''
  for (let i = 0; i < RANDOM + COUNTED; i++) text += ALPHABET.charAt((hash[i] ?? 0) & 31)
  return `i${text}${PARTITION}${queueTag(queue)}`
}

function randomText(length: number): string {
  if (used + length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  let text = ''
  for (let i = 0; i < length; i++) text += ALPHABET.charAt((pool[used++] ?? 0) & 31)
  return text
}

/** The id that the options of a call give; undefined where they give none, or it cannot be read. */
export function givenId(options: unknown): string | undefined {
  const id = member(options, 'id')
  return typeof id === 'string' ? id : undefined
}

/** What follows the id of a task in the ids of its retries: `~1`, `~2`, .... */
const RETRY_SUFFIX = /~([1-9]\d{0,8})$/

/** Whether an id has the form of {@link newTaskId}, or is that of a retry of such a task. An id without it was given by a caller. */
export function isGeneratedId(id: string): boolean {
  return /^i[0-9a-v]{21}$/.test(withoutRetry(id))
}

/** The tag of the queue in a generated id. */
export function tagOfId(id: string): string {
  return withoutRetry(id).slice(-4)
}

/**
 * The id of the task that carries a failed one out once more. It is computed, so that two who retry the same task make one new task.
 *
 * @param id - of the failed task, which may be a retry itself: `a` gives `a~1`, and that gives `a~2`
 */
export function retryId(id: string): string {
  return `${withoutRetry(id)}~${String(retryNumber(id) + 1)}`
}

/** The id of the task that a task is the retry of: `a~2` is one of `a~1`; null: the id is not that of a retry. */
export function retryOf(id: string): string | null {
  const number = retryNumber(id)
  if (number === 0) return null
  return number === 1 ? withoutRetry(id) : `${withoutRetry(id)}~${String(number - 1)}`
}

function retryNumber(id: string): number {
  return Number(RETRY_SUFFIX.exec(id)?.[1] ?? 0)
}

function withoutRetry(id: string): string {
  return id.replace(RETRY_SUFFIX, '')
}
