import { nextTurn } from './timers.js'

/**
 * Has the garbage collector run once, so that native objects which nothing refers to are destroyed.
 *
 * @param onStart - called before it runs, one turn of the event loop later
 * @returns when they are destroyed; where Node has no inspector, they are destroyed at a later collection
 */
export async function collectGarbage(onStart: () => void): Promise<void> {
  await nextTurn()
  onStart()
  try {
    const { Session } = await import('node:inspector')
    const session = new Session()
    session.connect()
    await new Promise<void>((resolve) => {
      session.post('HeapProfiler.collectGarbage', () => {
        resolve()
      })
    })
    session.disconnect()
  } catch {
    return
  }
  // Native destructors run in the turn after the collection.
  await nextTurn()
}
