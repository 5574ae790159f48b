import { defineJob } from '../jobs/define/define-job.js'
import { describeJob } from '../jobs/define/registry.js'
import type { JobContext } from '../jobs/define/job-context.js'
import { Code, Script } from './arguments.js'
import { runCode, runScript } from './run-program.js'

/** `execute.node`, `{ code }`: runs JavaScript in a Node process of its own. The result is the program's output. */
export const executeNode = defineJob(
  { name: 'execute.node', args: Code },
  async function (this: JobContext, input: Code): Promise<string> {
    return await runCode(this, process.execPath, input)
  },
)

/** `execute.node.script`, `{ script }`: runs a file in a Node process of its own. The result is the program's output. */
export const executeNodeScript = defineJob(
  { name: 'execute.node.script', args: Script },
  async function (this: JobContext, input: Script): Promise<string> {
    return await runScript(this, process.execPath, input)
  },
)

describeJob(executeNode, {
  doc: 'Runs JavaScript in a Node process of its own. The result is what the program prints.',
  parameters: [{ name: 'code', check: 'string' }],
})
describeJob(executeNodeScript, {
  doc: 'Runs a file in a Node process of its own. The result is what the program prints.',
  parameters: [{ name: 'script', check: 'string' }],
})
