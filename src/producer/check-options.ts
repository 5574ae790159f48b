import { InvalidOptionError, described } from '../errors.js'
import { COUNT_RULE, isCount } from '../model/count.js'
import type { DurabilityName } from '../model/durability.js'
import { DURABILITY_FORMS, isAnyDurability } from '../model/durability.js'
import { checkName, checkQueueName } from '../model/name.js'
import type { MetaParams, QueueOptions } from '../model/queue-options.js'
import { toMilliseconds } from '../model/duration.js'
import { readOptions } from '../model/read-options.js'
import { checkOptionNames } from '../model/check-option-names.js'

/** Checked options, durations in ms; null where the caller gave none. */
export interface CheckedOptions {
  readonly callback: boolean
  readonly delay: number
  /** False: the task runs at once, without a queue. */
  readonly queue: string | false | null
  readonly timeout: number | null
  readonly expires: number | null
  readonly id: string | null
  readonly priority: number | null
  readonly tags: readonly string[]
  readonly durability: DurabilityName | null
  readonly meta: MetaParams | null
}

const NAMES = ['callback', 'delay', 'queue', 'timeout', 'expires', 'id', 'priority', 'tags', 'durability', 'metaParams']
/** Most tags of a task. They are kept with it, and read whenever it is listed. */
const MOST_TAGS = 20
const NO_TAGS: readonly string[] = []
/** Those of a call without any. */
export const NO_OPTIONS: CheckedOptions = {
  callback: true,
  delay: 0,
  queue: null,
  timeout: null,
  expires: null,
  id: null,
  priority: null,
  tags: NO_TAGS,
  durability: null,
  meta: null,
}

/** @throws {@link InvalidOptionError} or `InvalidDurationError` naming the first option that is wrong */
export function checkOptions(options: QueueOptions | undefined): CheckedOptions {
  if (options === undefined) return NO_OPTIONS
  return readOptions(() => checked(options))
}

/** Each option is read once. */
function checked(options: QueueOptions): CheckedOptions {
  checkOptionNames(options, NAMES)
  const { callback, delay, queue, timeout, expires, id, priority, tags, durability, metaParams } = options
  if (callback !== undefined && typeof callback !== 'boolean') {
    throw new InvalidOptionError('callback', 'a boolean', described(callback))
  }
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= 0 && priority <= 9)) {
    throw new InvalidOptionError('priority', 'a whole number from 0 to 9', described(priority))
  }
  if (durability !== undefined && !isAnyDurability(durability)) {
    throw new InvalidOptionError('durability', DURABILITY_FORMS, described(durability))
  }
  if (queue === false && durability !== undefined) {
    throw new InvalidOptionError('durability', 'absent with queue: false, which stores no task', described(durability))
  }
  const wait = delay === undefined ? 0 : toMilliseconds(delay, 'option delay')
  if (queue === false && wait > 0) {
    throw new InvalidOptionError('delay', '0 with queue: false, which runs the task at once', described(delay))
  }
  return {
    callback: callback ?? true,
    delay: wait,
    queue: queue === undefined ? null : queue === false ? false : checkQueueName('queue', queue),
    timeout: timeout === undefined ? null : toMilliseconds(timeout, 'option timeout'),
    expires: expires === undefined ? null : toMilliseconds(expires, 'option expires'),
    id: id === undefined ? null : checkName('id', id),
    priority: priority ?? null,
    tags: tags === undefined ? NO_TAGS : checkTags(tags),
    durability: durability ?? null,
    meta: checkMeta(metaParams),
  }
}

/** @returns a copy: the caller's list may change before the task is sent */
function checkTags(tags: readonly string[]): readonly string[] {
  const list: unknown = tags
  if (!Array.isArray(list) || list.length > MOST_TAGS) {
    const received = Array.isArray(list) ? `${String(list.length)} of them` : described(list)
    throw new InvalidOptionError('tags', `a list of at most ${String(MOST_TAGS)} texts`, received)
  }
  return list.map((tag: unknown, i) => checkName(`tags[${String(i)}]`, tag))
}

function checkMeta(meta: MetaParams | undefined): MetaParams | null {
  if (meta === undefined) return null
  if (typeof meta !== 'object' || (meta as unknown) === null || Array.isArray(meta)) {
    throw new InvalidOptionError('metaParams', 'an object', described(meta))
  }
  for (const name of ['maxRetries', 'maxConcurrency'] as const) {
    const value: unknown = meta[name]
    if (value !== undefined && !isCount(value)) {
      throw new InvalidOptionError(`metaParams.${name}`, COUNT_RULE, described(value))
    }
  }
  if (meta.retryDelay === undefined) return meta
  return { ...meta, retryDelay: toMilliseconds(meta.retryDelay, 'option metaParams.retryDelay') / 1_000 }
}
