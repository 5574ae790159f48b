import type { Duration } from '../model/duration.js'
import { described, InvalidOptionError, isPulsarError } from '../errors.js'
import type { ActName, ActOptions, ActResult, Plan } from './acts.js'
import type { Config } from '../model/config.js'
import type { Control } from './control.js'
import { dropFileIn } from './drop-file.js'

/** What an act over HTTP needs besides its plan. */
export interface ActInput {
  /** Of a retry. */
  readonly spread?: Duration | undefined
  /** Of a retry. */
  readonly args?: Readonly<Record<string, unknown>> | undefined
  /** Of a move: where to. */
  readonly queue?: string | undefined
  /** Of prioritize. */
  readonly priority?: number | undefined
}

const INPUTS: Readonly<Record<ActName, readonly (keyof ActInput)[]>> = {
  retry: ['spread', 'args'],
  revoke: [],
  'run-now': [],
  move: ['queue'],
  drop: [],
  prioritize: ['priority'],
}

/** Whoever has planned an act says how many tasks it takes, so that a number that was misread changes nothing. @throws {@link InvalidOptionError} */
export function confirmCount(plan: Plan, count: unknown): void {
  if (count === plan.count) return
  throw new InvalidOptionError('count', `${String(plan.count)}, the number of tasks of the plan`, described(count))
}

/** Carries a plan out, whatever act it is for. */
export async function carryOut(
  control: Control,
  plan: Plan,
  input: ActInput,
  options: ActOptions,
  { dropDirectory }: Pick<Config, 'dropDirectory'>,
): Promise<ActResult> {
  const foreign = (Object.keys(input) as (keyof ActInput)[]).find(
    (name) => input[name] !== undefined && !INPUTS[plan.act].includes(name),
  )
  if (foreign !== undefined)
    throw new InvalidOptionError(foreign, `absent: ${plan.act} takes none`, described(input[foreign]))
  const { spread, args, queue = '', priority = NaN } = input
  switch (plan.act) {
    case 'retry':
      return await control.retry(plan, { ...options, spread, args })
    case 'revoke':
      return await control.revoke(plan, options)
    case 'run-now':
      return await control.runNow(plan, options)
    case 'move':
      return await control.move(plan, queue, options)
    case 'drop':
      return await dropped(control, plan, options, dropDirectory)
    case 'prioritize':
      return await control.prioritize(plan, priority, options)
  }
}

/** The file is the server's matter: whoever asks over HTTP has not named it, and cannot. */
async function dropped(
  control: Control,
  plan: Plan,
  options: ActOptions,
  directory: string | null,
): Promise<ActResult> {
  try {
    return await control.drop(plan, { ...options, file: dropFileIn(directory) })
  } catch (error) {
    if (!isPulsarError(error, 'PQ_INVALID_OPTION') || error.option !== 'file') throw error
    const hint = 'nothing was dropped; whoever runs this server mends that, or gives it another directory'
    throw new InvalidOptionError(
      'dropDirectory',
      'a directory in which the server can make a file',
      error.received,
      hint,
    )
  }
}
