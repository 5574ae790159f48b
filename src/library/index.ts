/**
 * Entry `pulsar-queue/jobs`: ready-made jobs, for the setting `taskPaths`. They run any code that they are given, with the
 * rights of the worker: add them only where everybody who can queue tasks may do that.
 */
import 'reflect-metadata'

export { Code, Script } from './arguments.js'
export { executeNode, executeNodeScript } from './execute-node.js'
export { executePython, executePythonScript } from './execute-python.js'
