import { hostname } from 'node:os'
import type { Config } from '../model/config.js'

/** The name of this node, and of its own queue: the same after a restart, so that its tasks are found again. */
export function nodeNameOf(config: Config): string {
  return `${config.name}-${hostname()}`
}

/** The name of this process as a worker. */
export function workerNameOf(nodeName: string): string {
  return `${nodeName}-${String(process.pid)}`
}
