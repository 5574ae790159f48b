import { resolve } from 'node:path'
import { InvalidUrlError } from '../../../errors.js'

/** The parts of an `embedded:` URL. */
export interface EmbeddedLocation {
  /** Absolute; null for a store in this process's memory. */
  readonly directory: string | null
  /** Identifies the store in this process: the path of its directory, or `:memory:` with its name if it has one. */
  readonly key: string
  readonly namespace: string
  /** `normal` survives `kill -9`; `full` survives power loss too. */
  readonly durability: 'normal' | 'full'
  /** The URL under which another thread opens the same store; null for memory. */
  readonly url: string | null
}

const EXAMPLES = "'embedded:./data', 'embedded:/var/lib/app?durability=full' or 'embedded::memory:'"
const PARAMETERS = new Set(['namespace', 'durability'])

/** Reads an `embedded:` URL. @throws {@link InvalidUrlError} */
export function readEmbeddedUrl(url: string): EmbeddedLocation {
  const [, path = '', search = ''] = /^embedded:([^?]*)(?:\?(.*))?$/s.exec(url) ?? []
  const params = new URLSearchParams(search)
  const namespace = params.get('namespace') ?? 'pq'
  const durability = params.get('durability') ?? 'normal'
  const names = [...params.keys()]
  const unknown = names.some((name) => !PARAMETERS.has(name)) || new Set(names).size < names.length
  const inMemory = /^:memory:[^:/\\]*$/.test(path)
  // No directory starts with a colon: a path that does is a misspelt `:memory:`.
  const isMisspelt = path === '' || path.includes('\0') || (path.startsWith(':') && !inMemory)
  if (isMisspelt || namespace === '' || unknown || (durability !== 'normal' && durability !== 'full')) {
    throw new InvalidUrlError(url, EXAMPLES)
  }
  if (inMemory) return { directory: null, key: path, namespace, durability, url: null }
  const directory = resolve(path)
  const query = `?namespace=${encodeURIComponent(namespace)}&durability=${durability}`
  return { directory, key: directory, namespace, durability, url: `embedded:${directory}${query}` }
}
