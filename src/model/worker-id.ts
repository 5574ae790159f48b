/** Separates the parts of an id. A text that stores need not escape: the id stands in each finished record. */
const SEPARATOR = '~'
/** Name of the node, process id; in an id also a random part and the epoch. */
const FORM = /^(.+)-\d+(?:~[0-9a-f]{8}~\d+)?$/s
const ID_TAIL = /~[0-9a-f]{8}~\d+$/

/**
 * The id under which the store knows a worker in one epoch. It contains the names of the worker and its node, so that a record need
 * not keep them once more.
 *
 * @param nonce - 8 hexadecimal digits, which differ from those of all other queues and processes
 */
export function workerId(name: string, nonce: string, epoch: number): string {
  return [name, nonce, epoch].join(SEPARATOR)
}

/** The names in an id. */
interface Names {
  readonly id: string
  readonly worker: string
  readonly node: string | null
}

/** Those of the last id that was read: the ends of many tasks name one worker. */
let last: Names = namesOf('')

function namesIn(id: string): Names {
  if (id !== last.id) last = namesOf(id)
  return last
}

function namesOf(id: string): Names {
  return { id, worker: id.replace(ID_TAIL, ''), node: FORM.exec(id)?.[1] ?? null }
}

/** The name of the worker that has an id. A text that is no id is taken to be the name. */
export function workerOfId(id: string): string {
  return namesIn(id).worker
}

/** The name of the node of a worker, from the worker's id or name; null where neither tells. */
export function nodeOfId(id: string): string | null {
  return namesIn(id).node
}
