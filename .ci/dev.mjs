/**
 * `npm run dev`: builds on every change, until it is stopped. TypeScript compiles what changed; the Lua scripts, and the
 * declarations that users get, follow.
 */
import { watch } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from './extract-api.mjs'
import { finishBuild } from './finish-build.mjs'

/** Changes come in bursts: a checkout, a save of several files. One build for all, ms. */
const QUIET = 100
let timer

let building = Promise.resolve()

/** Type errors of the last compilation. JavaScript is written all the same. */
let errors = 0

function finishSoon() {
  clearTimeout(timer)
  timer = setTimeout(() => {
    building = building
      .then(finishBuild)
      .then(() => {
        const state = errors === 0 ? 'is up to date' : `is built, with ${errors} type error${errors === 1 ? '' : 's'}`
        console.log(`${new Date().toLocaleTimeString()} lib ${state}`)
      })
      .catch((error) => console.error(error))
  }, QUIET)
}

const host = ts.createWatchCompilerHost(
  join(root, 'tsconfig.json'),
  { preserveWatchOutput: true },
  ts.sys,
  ts.createEmitAndSemanticDiagnosticsBuilderProgram,
  undefined,
  (_status, _newLine, _options, errorCount) => {
    // Without a count a compilation begins.
    if (errorCount === undefined) return
    errors = errorCount
    finishSoon()
  },
)
ts.createWatchProgram(host)
watch(join(root, 'src'), { recursive: true }, (_event, file) => {
  if (file?.endsWith('.lua')) finishSoon()
})
