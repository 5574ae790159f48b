/*
 * The faults of docs/reliability.md, injected for real for about a minute: scenarios at random, each on a store at random. Each prints
 * its seed, and `npm run soak -- --faults <name> --store <store> --seed <seed>` repeats it. FAULTS_SECONDS: another time.
 */
import { describe, expect, it } from 'vitest'
import { Random } from './random.js'
import { randomRuns } from './soak/random-runs.js'

const SECONDS = Number(process.env['FAULTS_SECONDS'] ?? 60)
const SEED = Number(process.env['FAULTS_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

describe('a load of producers and workers under faults', () => {
  it(
    'keeps the promise',
    async () => {
      const violations: string[] = []
      const until = performance.now() + SECONDS * 1_000
      for await (const { line, verdict } of randomRuns(new Random(SEED), { until, rounds: 1 })) {
        process.stdout.write(`${line}\n`)
        violations.push(...verdict.violations.map((violation) => `${line}\n  ${violation}`))
      }
      expect(violations).toEqual([])
    },
    (SECONDS + 240) * 1_000,
  )
})
