import { hostname } from 'node:os'
import type { Config } from '../model/config.js'

/** The name of this node and of its own queue. It stays the same after a restart, so that the tasks of the queue are found. */
export function nodeNameOf(config: Config): string {
  return `${config.name}-${hostname()}`
}

/** The name of this process as a worker. */
export function workerNameOf(nodeName: string): string {
  return `${nodeName}-${String(process.pid)}`
}
