/** What a worker can be asked for, and what its job reports. */
import { percentile } from './stats.mjs'
import { clock } from './time.mjs'

function cpuSeconds() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** @param stampEvery - runs between two stamps */
export function working({ stampEvery = 100 }) {
  /** When each of these runs began, ms since the epoch, and the CPU time of the process by then, s. */
  const stamps = []
  const late = []
  let runs = 0
  let target = Infinity
  let reached = () => undefined

  const onStarted = (due) => {
    if (due) late.push(Date.now() - due)
    if (runs++ % stampEvery === 0) stamps.push({ runs: runs - 1, at: clock(), cpu: cpuSeconds() })
    if (runs >= target) reached()
  }

  const acts = {
    /** All stamps, and where it stands now. */
    stamps: () => ({ stamps, now: { runs, at: clock(), cpu: cpuSeconds() } }),
    /** Resolves when so many runs have begun, or after so many seconds. */
    ran: ({ tasks, seconds = Infinity }) =>
      new Promise((resolve) => {
        target = tasks
        reached = () => resolve(runs)
        if (runs >= tasks) resolve(runs)
        else if (seconds < Infinity) setTimeout(() => resolve(runs), seconds * 1_000)
      }),
    /** How late delayed tasks began, ms. */
    lateness: () => {
      const sorted = late.sort((a, b) => a - b)
      return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), runs: sorted.length }
    },
    usage: () => ({ ...process.memoryUsage(), cpu: cpuSeconds() }),
  }
  return { onStarted, acts }
}
