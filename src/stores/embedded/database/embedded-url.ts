import { resolve } from 'node:path'
import { InvalidUrlError } from '../../../errors.js'
import type { DurabilityName } from '../../../model/durability.js'
import type { Duration } from '../../../model/duration.js'
import { toMilliseconds } from '../../../model/duration.js'
import { EMBEDDED_DURABILITIES, isDurability } from '../../../model/durability.js'
import { resolveDurability } from '../../resolve-durability.js'

/** What a commit waits for: `normal`, that it is written, and survives `kill -9`; `full`, that the disk has it, so that it survives power loss, too. */
export type EmbeddedDurability = (typeof EMBEDDED_DURABILITIES)[number]

/** The parts of an `embedded:` URL. */
export interface EmbeddedLocation {
  /** Absolute; null for a store in this process's memory. */
  readonly directory: string | null
  /** Identifies the store in this process: the path of its directory, or `:memory:` with its name if it has one. */
  readonly key: string
  readonly namespace: string
  readonly durability: EmbeddedDurability
  /** Longest wait for other processes' writes, ms. */
  readonly timeout: number
  /** The URL under which another thread opens the same store; null for memory. */
  readonly url: string | null
}

const EXAMPLES = "'embedded:./data', 'embedded:/var/lib/app?durability=full' or 'embedded::memory:'"
const PARAMETERS = new Set(['namespace', 'durability', 'connectTimeout'])
const LONGEST_TIMEOUT = 86_400_000

/**
 * Reads an `embedded:` URL.
 *
 * @param setting - the setting `durability`; null: it was not given
 * @throws {@link InvalidUrlError}; {@link InvalidSettingError} for a setting that the store does not know, or that differs from the URL
 */
export function readEmbeddedUrl(url: string, setting: DurabilityName | null = null): EmbeddedLocation {
  const [, path = '', search = ''] = /^embedded:([^?]*)(?:\?(.*))?$/s.exec(url) ?? []
  const params = new URLSearchParams(search)
  const namespace = params.get('namespace') ?? 'pq'
  const said = params.get('durability')
  const timeout = timeoutOf(params.get('connectTimeout') ?? '10s')
  const names = [...params.keys()]
  const unknown = names.some((name) => !PARAMETERS.has(name)) || new Set(names).size < names.length
  const inMemory = /^:memory:[^:/\\]*$/.test(path)
  // No directory starts with a colon: a path that does is a misspelt `:memory:`.
  const isMisspelt = path === '' || path.includes('\0') || (path.startsWith(':') && !inMemory)
  if (isMisspelt || namespace === '' || unknown || timeout === null || (said !== null && !isEmbedded(said))) {
    throw new InvalidUrlError(url, EXAMPLES)
  }
  const durability = resolveDurability(EMBEDDED_DURABILITIES, said, setting, `embedded:${path}`)
  if (inMemory) return { directory: null, key: path, namespace, durability, timeout, url: null }
  const directory = resolve(path)
  const query = `?namespace=${encodeURIComponent(namespace)}&durability=${durability}&connectTimeout=${String(timeout)}ms`
  return { directory, key: directory, namespace, durability, timeout, url: `embedded:${directory}${query}` }
}

function isEmbedded(durability: string): durability is EmbeddedDurability {
  return isDurability(EMBEDDED_DURABILITIES, durability)
}

/** In ms, of one day at most; null: it is no such duration. */
function timeoutOf(text: string): number | null {
  try {
    const ms = toMilliseconds(text as Duration, 'connectTimeout')
    return ms > 0 && ms <= LONGEST_TIMEOUT ? ms : null
  } catch {
    return null
  }
}
