import { defineJob } from '../jobs/define/define-job.js'
import type { JobContext } from '../jobs/define/job-context.js'
import { Code } from './code.js'
import { findPython } from './find-python.js'
import { runCode } from './run-program.js'

/**
 * `execute.python`, `{ code }`: runs Python in a process of its own. The result is what it printed. Fails with an
 * {@link InterpreterMissingError} where no Python is on the worker's PATH.
 */
export const executePython = defineJob(
  { name: 'execute.python', args: Code },
  async function (this: JobContext, input: Code): Promise<string> {
    return await runCode(this, await findPython(), input)
  },
)
