import { workerOfId } from '../model/worker-id.js'
import type { QueueInspection } from '../stores/operations-store.js'
import { countOf } from '../util/count-of.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import { freeSlots, heldByWorker } from './free-slots.js'
import type { ExplainReason } from './looks.js'
import { readEach } from './read-each.js'

/** Most queues that are named. */
const MOST_NAMED = 5

/**
 * The other queues whose tasks use the slots of the workers of a queue, the most first; none where a slot is free. It looks at all queues,
 * and only where the queue itself does not use all slots.
 *
 * @param looks - what was looked at a moment ago, by queue: it is not looked at again
 */
export async function busyElsewhere(
  parts: ControlParts,
  queue: string,
  look: QueueInspection,
  looks: ReadonlyMap<string, Pick<QueueInspection, 'workers'>> = new Map(),
): Promise<string[]> {
  const own = [{ queue, workers: look.workers }]
  if (freeSlots(look, heldByWorker(own)) === 0) return []
  const operations = operationsOf(parts, 'what explains a task')
  const names = [...(await parts.broker.queues())].filter((name) => name !== queue)
  const inspect = async (name: string): Promise<(typeof own)[number]> => ({
    queue: name,
    workers: (looks.get(name) ?? (await operations.inspect(name))).workers,
  })
  // What cannot be read tells nothing.
  const others = names.length === 0 ? [] : await readEach(names, inspect, () => undefined)
  if (freeSlots(look, heldByWorker([...own, ...others])) > 0) return []
  const meant = new Set(look.workers.flatMap(({ id, state }) => (state === 'alive' ? [workerOfId(id)] : [])))
  return others
    .map(({ queue: name, workers }) => ({
      name,
      held: workers.reduce((sum, { id, held }) => sum + (meant.has(workerOfId(id)) ? held : 0), 0),
    }))
    .filter(({ held }) => held > 0)
    .sort((a, b) => b.held - a.held || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name)
}

/** Slots and workers of a queue, with what else an explanation tells. */
type SlotEvidence = ExplainReason['evidence'] & { readonly slots: number; readonly workers: number }

const FIX = 'add workers, or raise concurrentTasks'

/** That no slot is free, and which other queues use them. */
export function allInUse(queues: readonly string[], evidence: SlotEvidence): ExplainReason {
  if (queues.length === 0) return { code: 'BUSY', says: inUse(evidence), evidence, fix: FIX }
  const more = queues.length - MOST_NAMED
  const usedBy = `${queues.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${countOf(more, 'other')}` : ''}`
  const says = `${inUseElsewhere(evidence)}: ${usedBy}`
  const fix = `${FIX}; workers that consume this queue alone keep their slots for it`
  return { code: 'BUSY', says, evidence: { ...evidence, usedBy }, fix }
}

/** The same for whoever does not see the other queues. */
export function withoutOthers(reason: ExplainReason): ExplainReason {
  const { usedBy, ...evidence } = reason.evidence
  return usedBy === undefined ? reason : { ...reason, says: inUseElsewhere(evidence as SlotEvidence), evidence }
}

function inUse({ slots, workers }: SlotEvidence): string {
  return `all of the ${countOf(slots, 'slot')} of ${countOf(workers, 'worker')} are in use`
}

function inUseElsewhere(evidence: SlotEvidence): string {
  return `${inUse(evidence)}, by tasks of other queues of theirs`
}
