/**
 * `npm run check:fast`: what most changes break, in under a minute on two cores. Two steps run at a time, with the caches of
 * the tools: a full `npm run check` uses none, and has the slower specs.
 */
import { spawn } from 'node:child_process'
import { root } from './extract-api.mjs'

const cache = 'node_modules/.cache'
const eslint = `eslint --max-warnings 0 --cache --cache-location ${cache}/eslint/ .`
const incremental = (project) =>
  `tsc -p ${project}/tsconfig.json --incremental --tsBuildInfoFile ${cache}/types/${project}.tsbuildinfo`

/** Each step: the steps before it, and its command. Specs and samples take their types from lib. */
const steps = {
  build: [[], 'npm run --silent build'],
  format: [[], 'prettier --check --log-level warn --cache .'],
  docs: [[], 'npm run --silent docs:check'],
  imports: [[], 'npm run --silent imports'],
  specs: [['build'], 'vitest run --project unit'],
  // The cache does not know of types in other files: what it reports is looked at anew.
  lint: [['build'], `${eslint} || { rm -rf ${cache}/eslint && ${eslint}; }`],
  types: [['build'], `${incremental('spec')} && ${incremental('samples')}`],
  api: [['build'], 'npm run --silent api:check'],
}

const waiting = new Set(Object.keys(steps))
const passed = new Set()
let running = 0
let failed = false

function startNext() {
  for (const name of waiting) {
    if (running === 2) return
    const [after, command] = steps[name]
    if (!after.every((step) => passed.has(step))) continue
    waiting.delete(name)
    running++
    void run(command).then(({ code, output, seconds }) => {
      running--
      console.log(`${code === 0 ? 'passed' : 'FAILED'}  ${name}  ${seconds} s`)
      if (code === 0) passed.add(name)
      else {
        failed = true
        console.log(output)
      }
      startNext()
    })
  }
  if (running > 0) return
  // What waits now waits for a step that failed.
  for (const name of waiting) console.log(`not run ${name}`)
  process.exitCode = failed ? 1 : 0
}

function run(command) {
  const started = performance.now()
  const path = `${root}node_modules/.bin:${process.env.PATH}`
  const child = spawn('sh', ['-c', command], { cwd: root, env: { ...process.env, PATH: path, NO_COLOR: '1' } })
  let output = ''
  const keep = (chunk) => {
    output += chunk
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return new Promise((resolve) => {
    child.on('close', (code) => {
      resolve({ code, output, seconds: ((performance.now() - started) / 1_000).toFixed(1) })
    })
  })
}

startNext()
