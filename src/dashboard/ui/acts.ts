import { signal } from '@preact/signals'
import { shellWord } from '../../util/shell-word.js'
import type { ActName, ActProgress, ActResult, Plan } from '../../operate/acts.js'
import { exportsDrops, lines, post } from './api.js'

/** An act that the viewer has asked for. It is planned, then confirmed. */
export interface Asked {
  readonly act: ActName
  readonly filter: string
  /** Called when it has been carried out, in whole or in part. */
  readonly onDone?: () => void
}

/** The act whose dialog is open; null: none. */
export const asked = signal<Asked | null>(null)

/** A plan that the server keeps until it is confirmed. */
export interface KeptPlan extends Plan {
  readonly id: string
}

export async function planOf({ act, filter }: Asked): Promise<KeptPlan> {
  return await post<KeptPlan>('plans', { act, filter })
}

/** The server needs the plan no more. */
export function cancel({ id }: KeptPlan): void {
  // It forgets it by itself, later.
  post(`plans/${id}/cancel`, {}).catch(() => undefined)
}

/** What the dialog asks for. */
export interface ActInput {
  readonly reason: string
  readonly spread: string
  readonly queue: string
  readonly priority: string
  /** The count, typed by the viewer where it is large. */
  readonly count: number
}

/** Carries a plan out, and tells how far it is. */
export async function carryOut(
  plan: KeptPlan,
  input: ActInput,
  signal: AbortSignal,
  onProgress: (progress: ActProgress) => void,
): Promise<ActResult> {
  const options = {
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  }
  for await (const line of lines<{ progress: ActProgress } | { result: ActResult }>(`plans/${plan.id}`, options)) {
    if ('result' in line) return line.result
    onProgress(line.progress)
  }
  throw new Error('the answer has no end')
}

export const ACT_NAMES: Readonly<Record<ActName, string>> = {
  retry: 'Retry',
  revoke: 'Revoke',
  'run-now': 'Run now',
  move: 'Move',
  drop: 'Drop',
  prioritize: 'Prioritize',
}

/** What an act does, before it is confirmed. */
export function effectOf(act: ActName): string {
  if (act !== 'drop') return ACT_EFFECTS[act]
  return `${ACT_EFFECTS.drop} ${exportsDrops() ? 'The server writes them to a file first, which pq import reads.' : 'No file has them afterwards.'}`
}

const ACT_EFFECTS: Readonly<Record<ActName, string>> = {
  retry: 'Each task is queued again as a new task. The old record stays until it expires.',
  revoke: 'Tasks that wait end as REVOKED. The signal of those that run is aborted.',
  'run-now': 'Delayed tasks become due now.',
  move: 'Tasks that wait go to another queue.',
  drop: 'Tasks that wait, and records, are deleted.',
  prioritize: 'Tasks that wait get another priority.',
}

/** The same act on the command line. */
export function commandOf({ act, filter }: Pick<Asked, 'act' | 'filter'>, input: ActInput): string {
  const options = [
    ...(act === 'move' ? ['--to', shellWord(input.queue)] : []),
    ...(act === 'prioritize' ? ['--to', input.priority] : []),
    ...(act === 'retry' && input.spread !== '' ? ['--spread', shellWord(input.spread)] : []),
    ...(input.reason === '' ? [] : ['--reason', shellWord(input.reason)]),
  ]
  return ['pq', act, shellWord(filter), ...options].join(' ')
}
