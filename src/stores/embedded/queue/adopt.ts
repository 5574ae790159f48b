import type { AdoptReply, Adoption } from '../../broker.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Nothing is to be done: a file forgets nothing while a process has it open, and no other history takes its place. */
export async function adopt(
  _session: EmbeddedSession,
  _queue: string,
  _worker: string,
  { tasks, topFence }: Adoption,
): Promise<AdoptReply> {
  return await Promise.resolve({ lease: 'held', verdicts: tasks.map(() => 'held' as const), topFence })
}
