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

/** Looks for a task in the other namespaces of the same store. Null: it is in none, or the store cannot be looked into. Never rejects. */
export async function findElsewhere({ broker, manager }: ControlParts, id: string): Promise<Elsewhere | null> {
  const url = manager.config.messageBroker
  if (!opensAnywhere(url)) return null
  try {
    const all = (await broker.operations()?.namespaces()) ?? []
    for (const namespace of all.slice(0, MOST_NAMESPACES)) {
      const queue = await queueIn(withNamespace(url, namespace), id, manager.config.storeOptions)
      if (queue !== null) return { namespace, queue }
    }
  } catch {
    // What another namespace has may be of another version, or forbidden.
  }
  return null
}

async function queueIn(
  url: string,
  id: string,
  options: ControlParts['manager']['config']['storeOptions'],
): Promise<string | null> {
  const other = (await loadStore(url)).broker(url, options)
  try {
    await other.connect()
    return (await findRecord(other, id))?.header.queue ?? null
  } finally {
    await other.close()
  }
}

function withNamespace(url: string, namespace: string): string {
  const [base = '', query = ''] = url.split('?', 2)
  const parameters = new URLSearchParams(query)
  parameters.set('namespace', namespace)
  return `${base}?${parameters.toString()}`
}
