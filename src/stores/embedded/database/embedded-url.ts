import { resolve } from 'node:path'
import { InvalidUrlError } from '../../../errors.js'

/** What an `embedded:` URL says. */
export interface EmbeddedLocation {
  /** Absolute; null for a store in this process's memory. */
  readonly directory: string | null
  /** What a store in memory is known by in its process: `:memory:`, with a name if it has one. For a directory, its path. */
  readonly key: string
  readonly namespace: string
  /** `normal` survives `kill -9`; `full` survives power loss too. */
  readonly durability: 'normal' | 'full'
  /** How another thread opens the same; null for memory. */
  readonly url: string | null
}

const EXAMPLES = "'embedded:./data', 'embedded:/var/lib/app?durability=full' or 'embedded::memory:'"
const PARAMETERS = new Set(['namespace', 'durability'])

/** @throws {@link InvalidUrlError} */
export function readEmbeddedUrl(url: string): EmbeddedLocation {
  const [, place = '', search = ''] = /^embedded:([^?]*)(?:\?(.*))?$/s.exec(url) ?? []
  const params = new URLSearchParams(search)
  const namespace = params.get('namespace') ?? 'pq'
  const durability = params.get('durability') ?? 'normal'
  const names = [...params.keys()]
  const unknown = names.some((name) => !PARAMETERS.has(name)) || new Set(names).size < names.length
  const inMemory = /^:memory:[^:/\\]*$/.test(place)
  // Nothing but `:memory:` starts with a colon: what does is misspelt rather than a directory.
  const misplaced = place === '' || place.includes('\0') || (place.startsWith(':') && !inMemory)
  if (misplaced || namespace === '' || unknown || (durability !== 'normal' && durability !== 'full')) {
    throw new InvalidUrlError(url, EXAMPLES)
  }
  if (inMemory) return { directory: null, key: place, namespace, durability, url: null }
  const directory = resolve(place)
  const query = `?namespace=${encodeURIComponent(namespace)}&durability=${durability}`
  return { directory, key: directory, namespace, durability, url: `embedded:${directory}${query}` }
}
