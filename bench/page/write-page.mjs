/** Keeps results in bench/results.json, and writes the page from them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { benchmarkFiles } from './page.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const RESULTS = join(ROOT, 'bench/results.json')

export function readResults() {
  return existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : {}
}

/** @param parts - each replaces what it names of what was kept */
export async function keepResults({ compare, growth, variants }) {
  const kept = readResults()
  const results = {
    compare: compare === undefined ? kept.compare : merged(kept.compare, compare),
    growth: { ...kept.growth, ...growth },
    variants: { ...kept.variants, ...variants },
  }
  await write('bench/results.json', JSON.stringify(results))
}

/** Two runs of workloads: what the later one has measured again is taken from it. @throws where one page cannot tell of both */
function merged(before, after) {
  if (before === undefined) return after
  const isWhole = Object.keys(before.results).every((name) => name in after.results)
  if (isWhole) return after
  const setUp = ({ rounds, columns, machine }) =>
    JSON.stringify({ rounds, columns, machine: { ...machine, date: null } })
  if (setUp(before) !== setUp(after)) {
    throw new Error(
      'not kept: rounds, versions or machine differ from those of the figures that are kept; measure all of them',
    )
  }
  const isOld = (failure) => !Object.keys(after.results).some((name) => failure.startsWith(`${name}, `))
  const failures = [...before.failures.filter(isOld), ...after.failures]
  return { ...after, results: { ...before.results, ...after.results }, failures }
}

/** Writes the page and its charts from the results that are kept. */
export async function writePage() {
  for (const [path, content] of Object.entries(benchmarkFiles(readResults()))) await write(path, content)
}

async function write(path, content) {
  const file = join(ROOT, path)
  mkdirSync(dirname(file), { recursive: true })
  const options = await resolveConfig(file)
  writeFileSync(file, path.endsWith('.svg') ? content : await format(content, { ...options, filepath: path }))
  console.error(`${path} is written`)
}
