import type { Container } from '../../container/container.js'
import { MemberRuntime } from './member-runtime.js'
import { toWireError } from './wire-error.js'
import type { Config } from '../../model/config.js'
import { Serializer } from '../../serializers/serializer.js'
import { registeredJob } from '../../jobs/define/registry.js'
import type { LoadedJobs } from '../../jobs/loading/loaded-jobs.js'
import type { Telemetry } from '../../telemetry/telemetry.js'
import { writeAtOnce } from './member-output.js'
import type { ParentPort } from './parent-port.js'
import { nodeNameOf } from '../../settings/node-name.js'

/** The parts of a member of a pool. */
export interface MemberParts {
  readonly config: Config
  readonly container: Container
  readonly jobs: LoadedJobs
  readonly telemetry: Telemetry | null
}

/** Runs jobs for a pool from now on. Never resolves, so that a program's own code stops at its `start()`. */
export async function serveMember(port: ParentPort, open: () => Promise<MemberParts>): Promise<never> {
  try {
    const { config, container, jobs, telemetry } = await open()
    const host = new MemberRuntime({
      jobs,
      nameOf: (job) => jobs.catalogue.nameOf(job),
      queueOf: (job) => queueOf(jobs, job) ?? config.defaultTaskQueue,
      serializer: container.resolve(Serializer),
      backend: { nodeName: nodeNameOf(config), config },
      catalogue: jobs.catalogue,
      defaultQueue: config.defaultTaskQueue,
      send: port.send,
      isThread: port.kind === 'thread',
      telemetry,
      written: port.kind === 'process' ? writeAtOnce() : null,
    })
    port.serve(host)
  } catch (error) {
    port.unfit({ kind: 'unfit', error: toWireError(error) })
  }
  return await new Promise<never>(() => undefined)
}

/** The queue that a job names itself; null for a job that names none, or that this process does not know. */
function queueOf(jobs: LoadedJobs, job: string | object): string | null {
  const name = typeof job === 'string' ? job : registeredJob(job)?.name
  return (name === undefined ? undefined : jobs.find(name))?.defaultQueue ?? null
}
