import { cpus, totalmem } from 'node:os'

/** What a run was measured on. */
export function machine(redis) {
  const [first] = cpus()
  return {
    cpu: `${cpus().length} × ${first?.model.trim() ?? 'CPU'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    node: process.versions.node,
    redis,
    date: new Date().toISOString().slice(0, 10),
  }
}
