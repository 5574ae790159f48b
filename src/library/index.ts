/**
 * Entry `pulsar-queue/jobs`: ready-made jobs, for `taskPaths`. They run whatever code they are given, with the rights of
 * the worker: take them in only where everybody who can queue may do that.
 */
import 'reflect-metadata'

export { Code } from './code.js'
export { executeNode } from './execute-node.js'
export { executeNodeScript } from './execute-node-script.js'
export { executePython } from './execute-python.js'
export { executePythonScript } from './execute-python-script.js'
export { Script } from './script.js'
