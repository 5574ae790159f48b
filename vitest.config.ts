import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    // The package by its own name, as its users write it. Vite does not resolve self-references by itself.
    alias: [
      { find: /^pulsar-queue$/, replacement: at('./lib/index.js') },
      { find: /^pulsar-queue\/client$/, replacement: at('./lib/client.js') },
      { find: /^pulsar-queue\/jobs$/, replacement: at('./lib/library/index.js') },
      { find: /^pulsar-queue\/testing$/, replacement: at('./lib/testing.js') },
    ],
  },
  test: {
    include: ['spec/**/*.spec.ts'],
    // What is published is what is tested: lib is loaded by Node itself, not transformed.
    server: { deps: { external: [/\/lib\/.*\.js$/] } },
    pool: 'forks',
    // Specs mostly wait for processes that start: two files at once, also where there are two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 45_000,
    hookTimeout: 60_000,
    retry: 0,
    setupFiles: ['./spec/support/coverage.ts'],
    reporters: ['default', './.ci/tally-reporter.mjs'],
  },
})
