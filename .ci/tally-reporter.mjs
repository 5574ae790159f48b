import { mkdirSync, writeFileSync } from 'node:fs'

/** Vitest reporter: ends the run with one plain line, `N passed, N failed, N skipped`, also left in coverage/tally.txt. */
export default class TallyReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state]++
      // A file that failed to load, or a suite whose hooks failed, counts as one failure.
      for (const part of [module, ...module.children.allSuites()]) if (part.errors().length > 0) counts.failed++
    }
    counts.failed += unhandledErrors.length
    const skipped = counts.skipped + counts.pending
    const tally = `${counts.passed} passed, ${counts.failed} failed, ${skipped} skipped\n`
    mkdirSync('coverage', { recursive: true })
    writeFileSync('coverage/tally.txt', tally)
    // Printed at the exit, so that it is below everything else.
    process.once('exit', () => process.stdout.write(tally))
  }
}
