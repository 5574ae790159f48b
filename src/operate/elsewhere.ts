import { loadStore, opensAnywhere } from '../stores/open-store.js'
import type { ControlParts } from './control-parts.js'
import { findRecord } from './find-record.js'

/** Most other namespaces that are looked into. */
const MOST_NAMESPACES = 20

/** Where a task is that this namespace does not have. */
export interface Elsewhere {
  readonly namespace: string
  readonly queue: string
}

/** Looks for a task in the other namespaces of the same store. Null: it is in none that can be looked into. Never rejects. */
export async function findElsewhere({ broker, manager }: ControlParts, id: string): Promise<Elsewhere | null> {
  const { messageBroker: url, storeOptions } = manager.config
  if (!opensAnywhere(url)) return null
  for (const namespace of (await namespacesOf(broker)).slice(0, MOST_NAMESPACES)) {
    const queue = await queueIn(withNamespace(url, namespace), id, storeOptions)
    if (queue !== null) return { namespace, queue }
  }
  return null
}

async function namespacesOf(broker: ControlParts['broker']): Promise<readonly string[]> {
  try {
    return (await broker.operations()?.namespaces()) ?? []
  } catch {
    return []
  }
}

/** Null: it has no such task, or what it has is of another version, or forbidden. */
async function queueIn(
  url: string,
  id: string,
  options: ControlParts['manager']['config']['storeOptions'],
): Promise<string | null> {
  try {
    const other = (await loadStore(url)).broker(url, options)
    try {
      await other.connect()
      return (await findRecord(other, id))?.header.queue ?? null
    } finally {
      await other.close()
    }
  } catch {
    return null
  }
}

function withNamespace(url: string, namespace: string): string {
  const [base = '', query = ''] = url.split('?', 2)
  const parameters = new URLSearchParams(query)
  parameters.set('namespace', namespace)
  return `${base}?${parameters.toString()}`
}
