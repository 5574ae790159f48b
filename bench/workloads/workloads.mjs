/**
 * What is measured for each peer, by the names of figures.mjs. Each resolves with the figures of one measurement, or with
 * null where the peer has no such call.
 */
import { bytes } from './bytes.mjs'
import { delays } from './delays.mjs'
import { drain } from './drain.mjs'
import { enqueue } from './enqueue.mjs'
import { payload } from './payloads.mjs'
import { coldTrips, roundTrips } from './round-trips.mjs'

export const workloads = {
  awaited: enqueue('awaited'),
  atOnce: enqueue('atOnce', { width: 1_000 }),
  bulk: enqueue('bulk', { width: 4 }),
  process1: drain([{ concurrency: 1 }]),
  process10: drain([{ concurrency: 10 }]),
  process100: drain([{ concurrency: 100 }]),
  twoWorkers: drain([{ concurrency: 50 }, { concurrency: 50 }]),
  roundTrip: roundTrips(1),
  roundTrips: roundTrips(100),
  coldTrips,
  delays,
  bytes,
  payload10k: payload(10_000),
  payload100k: payload(100_000),
}
