#!/usr/bin/env node
import { runProgram } from './program.js'

// The reader of a pipe may close it early, as in `pq jobs | head -1`; that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

void runProgram(process.argv.slice(2)).then((code) => {
  process.exitCode = code
})
