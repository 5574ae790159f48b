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

function finishSoon() {
  clearTimeout(timer)
  timer = setTimeout(() => {
    building = building
      .then(finishBuild)
      .then(() => console.log(`${new Date().toLocaleTimeString()} lib is up to date`))
      .catch((error) => console.error(error))
  }, QUIET)
}

const host = ts.createWatchCompilerHost(
  join(root, 'tsconfig.json'),
  { preserveWatchOutput: true },
  ts.sys,
  ts.createEmitAndSemanticDiagnosticsBuilderProgram,
)
const compiled = host.afterProgramCreate
host.afterProgramCreate = (program) => {
  compiled(program)
  finishSoon()
}
ts.createWatchProgram(host)
watch(join(root, 'src'), { recursive: true }, (_event, file) => {
  if (file?.endsWith('.lua')) finishSoon()
})
