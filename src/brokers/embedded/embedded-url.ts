import { resolve } from 'node:path'
import { InvalidUrlError } from '../../errors.js'

/** What an `embedded:` URL says. */
export interface EmbeddedLocation {
  /** Absolute; null for a store in this process's memory. */
  readonly directory: string | null
  /** One store a key and process. */
  readonly key: string
  readonly namespace: string
  /** `normal` survives `kill -9`; `full` survives power loss too. */
  readonly durability: 'normal' | 'full'
  /** How another thread opens the same; null for memory. */
  readonly url: string | null
}

const EXAMPLES = "'embedded:./data', 'embedded:/var/lib/app?durability=full' or 'embedded::memory:'"

/** @throws {@link InvalidUrlError} */
export function readEmbeddedUrl(url: string): EmbeddedLocation {
  const [, place = '', search = ''] = /^embedded:([^?]*)(?:\?(.*))?$/s.exec(url) ?? []
  const params = new URLSearchParams(search)
  const namespace = params.get('namespace') ?? 'pq'
  const durability = params.get('durability') ?? 'normal'
  const unknown = [...params.keys()].some((name) => name !== 'namespace' && name !== 'durability')
  if (place === '' || namespace === '' || unknown || (durability !== 'normal' && durability !== 'full')) {
    throw new InvalidUrlError(url, EXAMPLES)
  }
  if (place.startsWith(':memory:')) {
    return { directory: null, key: place, namespace, durability, url: null }
  }
  const directory = resolve(place)
  const query = `?namespace=${encodeURIComponent(namespace)}&durability=${durability}`
  return { directory, key: directory, namespace, durability, url: `embedded:${directory}${query}` }
}
