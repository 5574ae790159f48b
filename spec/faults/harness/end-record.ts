import type { TaskRecord } from 'pulsar-queue'
import type { EndRecord } from '../checker/end-state.js'

/** What the checker knows of a record. */
export function endRecord({ header, outcome }: TaskRecord): EndRecord {
  const { status, runs, crashes, endedAt } = header
  return { status, runs, crashes, endedAt, fence: fenceOf(outcome) }
}

/** Jobs of the load return `{ fence }`, and the serializer is JSON. */
function fenceOf(outcome: TaskRecord['outcome']): number | null {
  if (outcome === null) return null
  const text = typeof outcome === 'string' ? outcome : Buffer.from(outcome).toString()
  const report = JSON.parse(text) as { readonly r?: { readonly fence?: unknown } | null }
  return typeof report.r?.fence === 'number' ? report.r.fence : null
}
