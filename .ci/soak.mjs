/** Runs spec/faults/soak/soak.ts, on the built package: see there. */
import { createJiti } from 'jiti'
import { fileURLToPath } from 'node:url'

await createJiti(import.meta.url, { tryNative: true }).import(
  fileURLToPath(new URL('../spec/faults/soak/soak.ts', import.meta.url)),
)
