/** The broker of a store, in this process: for what is measured by its verbs. */
import { loadStore } from '../../lib/stores/open-store.js'

export async function openBroker(url) {
  const broker = (await loadStore(url)).broker(url)
  await broker.connect()
  return broker
}
