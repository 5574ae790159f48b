import { PeerProcess } from './peer.mjs'

/**
 * Runs a measurement with a producer and workers of its own. All processes are started, and have loaded their modules,
 * before it begins. It fails at once, with what they have written to stderr, when one of them or the store ends.
 *
 * @param bench - `peer`: name of an adapter; `store`: see store.mjs
 * @param settings - `producer`: settings of the producer; `workers`: settings of each worker
 * @param measure - gets the producer, and a function that lets the workers begin and resolves with them
 */
export async function withProcesses({ peer, store }, { producer = {}, workers = [] }, measure) {
  const source = new PeerProcess(peer, 'producer')
  const others = workers.map(() => new PeerProcess(peer, 'worker'))
  const all = [source, ...others]
  const work = async () => {
    await Promise.all(all.map((process) => process.load()))
    await source.open({ url: store.url, ...producer })
    return await measure(source, async () => {
      await Promise.all(others.map((process, i) => process.open({ url: store.url, ...workers[i] })))
      return others
    })
  }
  try {
    return await Promise.race([work(), store.died, ...all.map(({ died }) => died)])
  } catch (error) {
    const complaints = all.map(({ complaint }) => complaint).filter((text) => text !== '')
    throw new Error([error.message, ...complaints].join('\n'), { cause: error })
  } finally {
    for (const process of all) await process.kill()
  }
}
