import { defineJob } from '../jobs/define/define-job.js'
import { describeJob } from '../jobs/define/registry.js'
import type { JobContext } from '../jobs/define/job-context.js'
import { Code, Script } from './arguments.js'
import { findPython } from './find-python.js'
import { runCode, runScript } from './run-program.js'

/**
 * `execute.python`, `{ code }`: runs Python in a process of its own. The result is the program's output. Fails with an
 * {@link InterpreterMissingError} where no Python is on the worker's PATH.
 */
export const executePython = defineJob(
  { name: 'execute.python', args: Code },
  async function (this: JobContext, input: Code): Promise<string> {
    return await runCode(this, await findPython(), input)
  },
)

/**
 * `execute.python.script`, `{ script }`: runs a file in a Python process of its own. The result is the program's output.
 * Fails with an {@link InterpreterMissingError} where no Python is on the worker's PATH.
 */
export const executePythonScript = defineJob(
  { name: 'execute.python.script', args: Script },
  async function (this: JobContext, input: Script): Promise<string> {
    return await runScript(this, await findPython(), input)
  },
)

describeJob(executePython, {
  doc: 'Runs Python in a process of its own. The result is what the program prints.',
  parameters: [{ name: 'code', check: 'string' }],
})
describeJob(executePythonScript, {
  doc: 'Runs a file in a Python process of its own. The result is what the program prints.',
  parameters: [{ name: 'script', check: 'string' }],
})
