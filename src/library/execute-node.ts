import { defineJob } from '../jobs/define/define-job.js'
import type { JobContext } from '../jobs/define/job-context.js'
import { Code } from './code.js'
import { runCode } from './run-program.js'

/** `execute.node`, `{ code }`: runs JavaScript in a Node process of its own. The result is what it printed. */
export const executeNode = defineJob(
  { name: 'execute.node', args: Code },
  async function (this: JobContext, input: Code): Promise<string> {
    return await runCode(this, process.execPath, input)
  },
)
