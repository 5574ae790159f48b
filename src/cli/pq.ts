#!/usr/bin/env node
import { runProgram } from './program.js'

// Whoever read the output has read enough: `pq jobs | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

void runProgram(process.argv.slice(2)).then((code) => {
  process.exitCode = code
})
