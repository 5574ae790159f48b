import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import type { TestProjectInlineConfiguration } from 'vitest/config'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'
import type { SuiteFiles } from './spec/suites.js'
import { suites } from './spec/suites.js'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Starts the heaviest suite first, and the largest file of a suite. */
class HeaviestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const names = Object.keys(suites)
    const place = ({ project }: TestSpecification): number => names.indexOf(project.name)
    const size = ({ moduleId }: TestSpecification): number => statSync(moduleId).size
    return Promise.resolve([...files].sort((a, b) => place(a) - place(b) || size(b) - size(a)))
  }
}

/** The package by its own name, as its users write it. Vite does not resolve self-references by itself. */
const onLib = [
  { find: /^pulsar-queue$/, replacement: at('./lib/index.js') },
  { find: /^pulsar-queue\/client$/, replacement: at('./lib/client.js') },
  { find: /^pulsar-queue\/jobs$/, replacement: at('./lib/library/index.js') },
  { find: /^pulsar-queue\/testing$/, replacement: at('./lib/testing.js') },
]

/** `--mode source`: the same modules, as they stand in `src`. */
const onSource = [
  ...onLib.map(({ find, replacement }) => ({
    find,
    replacement: replacement.replace('/lib/', '/src/').replace(/\.js$/, '.ts'),
  })),
  { find: /^(?:\.\.\/)+lib\/(.+)\.js$/, replacement: at('./src/$1.ts') },
]

/** `--mode source`: Node loads the entry of a thread by itself, so it comes from the last build. */
const threadsFromLib: Plugin = {
  name: 'threads-from-lib',
  enforce: 'pre',
  transform(code, id) {
    if (!id.startsWith(at('./src/'))) return null
    const built = JSON.stringify(new URL(`./lib/${id.slice(at('./src/').length)}`, import.meta.url).href)
    return code.replace(/new URL\((['"]\.\/[a-z-]+-entry\.js['"]), import\.meta\.url\)/g, `new URL($1, ${built})`)
  },
}

export default defineConfig(({ mode }) => {
  const fromSource = mode === 'source'
  // Not `extends: true`: what a project takes over from this file is made without the mode.
  const project = (name: string, files: SuiteFiles): TestProjectInlineConfiguration => ({
    resolve: { alias: fromSource ? onSource : onLib },
    plugins: fromSource ? [threadsFromLib] : [],
    test: {
      ...files,
      name,
      // What is published is what is tested: lib is loaded by Node itself, not transformed.
      server: { deps: { external: [/\/lib\/.*\.js$/] } },
      pool: 'forks',
      testTimeout: 45_000,
      hookTimeout: 60_000,
      retry: 0,
      setupFiles: ['./spec/support/coverage.ts'],
    },
  })
  return {
    test: {
      projects: Object.entries(suites).map(([name, files]) => project(name, files)),
      // Specs mostly wait for processes that start: two files at once, also where there are two cores.
      maxWorkers: Math.max(2, availableParallelism() - 1),
      sequence: { sequencer: HeaviestFirst },
      reporters: ['default', './.ci/tally-reporter.mjs'],
    },
  }
})
