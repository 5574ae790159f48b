import { spawn } from 'node:child_process'
import { root } from './extract-api.mjs'

/**
 * Runs steps, two at a time, as there are two cores. Prints how each ended, with its output where it failed. A step that failed sets the exit
 * code, and those behind it are not run.
 *
 * @param steps - by name: the steps that come before it, and its command
 */
export async function runSteps(steps) {
  const waiting = new Set(Object.keys(steps))
  const passed = new Set()
  const running = new Map()
  for (;;) {
    const next = [...waiting].find((name) => running.size < 2 && steps[name][0].every((step) => passed.has(step)))
    if (next !== undefined) {
      waiting.delete(next)
      running.set(next, run(next, steps[next][1]))
    } else if (running.size > 0) {
      const { name, isPassed } = await Promise.race(running.values())
      running.delete(name)
      if (isPassed) passed.add(name)
      else process.exitCode = 1
    } else break
  }
  // What waits now waits for a step that failed.
  for (const name of waiting) console.log(`not run ${name}`)
}

async function run(name, command) {
  const started = performance.now()
  const path = `${root}node_modules/.bin:${process.env.PATH}`
  const child = spawn('sh', ['-c', command], { cwd: root, env: { ...process.env, PATH: path, NO_COLOR: '1' } })
  let output = ''
  const keep = (chunk) => {
    output += chunk
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const code = await new Promise((resolve) => {
    child.on('close', resolve)
  })
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  console.log(`${code === 0 ? 'passed' : 'FAILED'}  ${name}  ${seconds} s`)
  if (code !== 0) console.log(output)
  return { name, isPassed: code === 0 }
}
