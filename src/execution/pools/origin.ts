import type { ClaimedTask } from '../../stores/broker.js'
import type { Origin } from './protocol.js'

/** @param number - of the run in its pool @param job - name of the job */
export function originOf(number: number, job: string, { id, run }: Pick<ClaimedTask, 'id' | 'run'>): Origin {
  return { run: number, job, bindings: { task: id, run } }
}
