import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Plugin } from 'vite'
import type { TestProjectInlineConfiguration } from 'vitest/config'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'
import type { SuiteFiles } from './spec/suites.js'
import { suites } from './spec/suites.js'
import { transpiled, transpileFile, transpileSource } from './spec/support/transpile-source.js'

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

/** The package by its own name, as its users write it: each entry and its module. */
const entries = {
  'pulsar-queue': 'index',
  'pulsar-queue/client': 'client',
  'pulsar-queue/jobs': 'library/index',
  'pulsar-queue/nestjs': 'nestjs',
  'pulsar-queue/otel': 'otel',
  'pulsar-queue/testing': 'testing',
}

/** Vite does not resolve self-references by itself. */
const onLib = Object.entries(entries).map(([name, module]) => ({
  find: new RegExp(`^${name}$`),
  replacement: at(`./lib/${module}.js`),
}))

/** `--mode source`: the same modules, as they stand in `src`. */
const onSource = [
  ...onLib.map(({ find, replacement }) => ({
    find,
    replacement: replacement.replace('/lib/', '/src/').replace(/\.js$/, '.ts'),
  })),
  { find: /^(?:\.\.\/)+lib\/(.+)\.js$/, replacement: at('./src/$1.ts') },
]

/** `--mode source`: what spec programs load (SPEC_LIB), and what a job file gets that jiti loads. */
const sourceEnvironment = {
  SPEC_LIB: relative(at('.'), transpiled),
  JITI_ALIAS: JSON.stringify(
    Object.fromEntries(Object.entries(entries).map(([name, module]) => [name, join(transpiled, `${module}.js`)])),
  ),
}

/** `--mode source`: Node loads the entry of a thread by itself, and so it needs JavaScript. */
const threadsFromSource: Plugin = {
  name: 'threads-from-source',
  enforce: 'pre',
  buildStart: transpileSource,
  transform(code, id) {
    if (id !== at('./src/util/package-files.ts')) return null
    const here = pathToFileURL(join(transpiled, 'util/package-files.js')).href
    return code.replace('import.meta.url', JSON.stringify(here))
  },
}

/** `--mode source`, watching: Vitest watches for all projects in one server. */
const followSource: Plugin = {
  name: 'follow-source',
  configureServer: ({ watcher }) => {
    watcher.on('add', transpileFile).on('change', transpileFile)
  },
}

export default defineConfig(({ mode }) => {
  const fromSource = mode === 'source'
  // Not `extends: true`: what a project takes over from this file is made without the mode.
  const project = (name: string, files: SuiteFiles): TestProjectInlineConfiguration => ({
    resolve: { alias: fromSource ? onSource : onLib },
    plugins: fromSource ? [threadsFromSource] : [],
    test: {
      ...files,
      name,
      // What is published is what is tested: lib is loaded by Node itself, not transformed.
      server: { deps: { external: [/\/lib\/.*\.js$/] } },
      pool: 'forks',
      testTimeout: 45_000,
      hookTimeout: 60_000,
      // A poll is done as soon as it holds. The bound is for a machine under load.
      expect: { poll: { timeout: 30_000 } },
      retry: 0,
      setupFiles: ['./spec/support/coverage.ts'],
      env: fromSource ? sourceEnvironment : { SPEC_LIB: 'lib' },
    },
  })
  return {
    plugins: fromSource ? [followSource] : [],
    test: {
      projects: Object.entries(suites).map(([name, files]) => project(name, files)),
      // Specs mostly wait for processes that start: three files at once, also where there are two cores.
      maxWorkers: Math.max(3, availableParallelism() - 1),
      sequence: { sequencer: HeaviestFirst },
      reporters: ['default', './.ci/tally-reporter.mjs'],
    },
  }
})
