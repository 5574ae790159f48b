import { defineJob } from '../jobs/define/define-job.js'
import type { JobContext } from '../jobs/define/job-context.js'
import { runScript } from './run-program.js'
import { Script } from './script.js'

/** `execute.node.script`, `{ script }`: runs a file in a Node process of its own. The result is what it printed. */
export const executeNodeScript = defineJob(
  { name: 'execute.node.script', args: Script },
  async function (this: JobContext, input: Script): Promise<string> {
    return await runScript(this, process.execPath, input)
  },
)
