import { defineJob } from '../jobs/define/define-job.js'
import type { JobContext } from '../jobs/define/job-context.js'
import { findPython } from './find-python.js'
import { runScript } from './run-program.js'
import { Script } from './script.js'

/**
 * `execute.python.script`, `{ script }`: runs a file in a Python process of its own. The result is what it printed. Fails
 * with an {@link InterpreterMissingError} where no Python is on the worker's PATH.
 */
export const executePythonScript = defineJob(
  { name: 'execute.python.script', args: Script },
  async function (this: JobContext, input: Script): Promise<string> {
    return await runScript(this, await findPython(), input)
  },
)
