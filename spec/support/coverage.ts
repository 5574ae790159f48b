import { takeCoverage } from 'node:v8'
import { afterAll } from 'vitest'

// Vitest ends its workers by a signal, which loses the coverage that Node writes at a normal exit.
if (process.env['NODE_V8_COVERAGE'] !== undefined) {
  afterAll(() => {
    takeCoverage()
  })
  // The programs that specs start are not measured: that costs them four tenths more CPU time.
  delete process.env['NODE_V8_COVERAGE']
}
