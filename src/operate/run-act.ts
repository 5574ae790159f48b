import { randomUUID } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { CHUNK_TASKS } from '../stores/policy.js'
import { errorMessage } from '../util/thrown.js'
import { nextTurn } from '../util/timers.js'
import type { AuditEntry } from '../stores/operations-store.js'
import type { ActName, ActOptions, ActResult, Plan } from './acts.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import type { PlannedGroup } from './make-plan.js'
import { tasksOf } from './make-plan.js'

/** Most new ids that a result names. */
const MOST_CREATED = 100

/** Some tasks of one queue, as one call takes them. */
export interface Chunk extends PlannedGroup {
  /** Number of the chunk's first task among all of the plan, from 0. */
  readonly first: number
  /** Unique for this chunk of the operation. */
  readonly operation: string
}

/** What became of a chunk: how many tasks were changed, and the ids of new ones. */
export interface ChunkResult {
  readonly done: number
  readonly created?: readonly string[]
  /** Tasks that were passed by, and why: what stands in `reason` is the same for many. */
  readonly skips?: readonly { readonly reason: string; readonly says: string }[]
}

/** How an act takes its chunks. */
export interface Act {
  readonly name: ActName
  readonly chunk: (chunk: Chunk) => Promise<ChunkResult>
  /** Whether the last chunk is taken first. */
  readonly isBackwards?: boolean
}

/**
 * Carries an act out, chunk by chunk. Each chunk is guarded where it is written: a task that is elsewhere by then is skipped. An abort
 * ends the act behind the present chunk; the same filter takes the others up. The act is logged, whatever ends it.
 */
export async function runAct(parts: ControlParts, plan: Plan, act: Act, options: ActOptions): Promise<ActResult> {
  const operation = randomUUID()
  const chunks = chunksOf(tasksOf(plan, act.name), operation)
  if (act.isBackwards === true) chunks.reverse()
  const created: string[] = []
  const skips = new Map<string, { says: string; count: number }>()
  let done = 0
  let taken = 0
  try {
    for (const chunk of chunks) {
      if (options.signal?.aborted === true) break
      const result = await act.chunk(chunk)
      done += result.done
      taken += chunk.ids.length
      for (const { reason, says } of result.skips ?? []) {
        const known = skips.get(reason)
        if (known === undefined) skips.set(reason, { says, count: 1 })
        else known.count += 1
      }
      created.push(...(result.created ?? []).slice(0, MOST_CREATED - created.length))
      options.onProgress?.({ done, skipped: taken - done, of: plan.count })
      // An embedded store answers in the same turn: without it neither Ctrl-C nor a request would get through.
      await nextTurn()
    }
  } finally {
    if (taken > 0)
      await noteAct(parts, { act: act.name, operation, target: plan.filter, done, skipped: taken - done }, options)
  }
  const why = [...skips.values()].sort((a, b) => b.count - a.count)
  return {
    operation,
    act: act.name,
    done,
    skipped: taken - done,
    skips: why,
    left: plan.count - taken,
    created,
    file: null,
  }
}

/** The tasks of a plan, as calls take them. */
export function chunksOf(groups: readonly PlannedGroup[], operation = ''): Chunk[] {
  const chunks: Chunk[] = []
  let first = 0
  for (const group of groups) {
    for (let at = 0; at < group.ids.length; at += CHUNK_TASKS) {
      const ids = group.ids.slice(at, at + CHUNK_TASKS)
      chunks.push({ ...group, ids, first, operation: `${operation}/${String(chunks.length)}` })
      first += ids.length
    }
  }
  return chunks
}

/** Writes an act into the audit log and the log, and tells the manager. A failure to do so does not fail the act, which is done. */
export async function noteAct(
  parts: ControlParts,
  act: Pick<AuditEntry, 'act' | 'operation' | 'target' | 'done' | 'skipped'>,
  {
    by = userAtHost(),
    from = 'api',
    reason = null,
  }: { by?: string | undefined; from?: string | undefined; reason?: string | null | undefined },
): Promise<void> {
  const { logger, manager } = parts
  const entry: AuditEntry = { at: 0, ...act, by, from, reason }
  logger.info(
    `${by} (${from}): ${act.act} ${act.target}: ${String(act.done)} done, ${String(act.skipped)} skipped${reason === null ? '' : `; ${reason}`}`,
  )
  try {
    await operationsOf(parts, 'acts').note(entry)
    await manager.operatorActed(entry)
  } catch (error) {
    logger.error(`the act ${act.operation} could not be noted: ${errorMessage(error)}`)
  }
}

export function userAtHost(): string {
  return `${userName()}@${hostname()}`
}

/** A container may run under an id that has no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
