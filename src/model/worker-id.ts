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

/** The name of the worker that has an id. A text that is no id is taken to be the name. */
export function workerOfId(id: string): string {
  return id.replace(ID_TAIL, '')
}

/** The name of the node of a worker, from the worker's id or name; null where neither tells. */
export function nodeOfId(id: string): string | null {
  return FORM.exec(id)?.[1] ?? null
}
