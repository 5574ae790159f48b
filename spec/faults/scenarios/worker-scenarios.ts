import { freeze } from '../../support/freeze.js'
import type { ServerProcess } from '../../support/server-process.js'
import type { FleetWorker } from '../harness/fleet.js'
import type { FaultRun } from '../harness/fault-run.js'
import { DEATHS } from '../load/plan.js'
import { burnedRuns } from './burned-runs.js'
import type { Scenario } from './scenario.js'

/** Freezes a worker until a task that it ran was started elsewhere. */
async function freezeWorker(run: FaultRun, { server }: FleetWorker): Promise<void> {
  const running = run.running(server.pid)
  await run.fault('frozen', () => {
    freeze(server.process, run.store.url)
  })
  run.recorder.record({ e: 'frozen', pid: server.pid })
  const held = run.running(server.pid).filter((id) => running.includes(id))
  if (held.length > 0) await run.restarted(held, server.pid)
  run.recorder.record({ e: 'thawed', pid: server.pid })
  server.process.kill('SIGCONT')
}

/** F1 to F6: what can happen to workers and producers. */
export const WORKER_SCENARIOS: readonly Scenario[] = [
  {
    name: 'F1',
    says: 'A worker is killed: at any moment, and by its task at the start of the run, after its effect, before its end is recorded',
    stores: ['redis', 'embedded'],
    mix: { deadly: 1 },
    shows: ['kill', DEATHS.start, DEATHS.effect, DEATHS.return],
    async inject(run) {
      for (let round = 0; round < 2 * run.rounds; round++) {
        await run.history.more('started', run.random.between(1, 40))
        await run.killWorker()
      }
      await run.untilShown()
    },
  },
  {
    name: 'F2',
    says: 'All workers are killed at once, while they hold 400 tasks',
    stores: ['redis', 'embedded'],
    settings: ['--concurrent-tasks', '300'],
    mix: {
      jobs: { 'fault.async': 1 },
      deadly: 100,
      moments: ['hold'],
      longest: 2,
      pending: 500,
      bulk: 80,
      delayed: 0,
      failing: 0,
    },
    async inject(run) {
      await run.until('400 tasks to run', () => run.running().length >= 400)
      run.letGo()
      const held = run.running()
      await run.fault('all killed', async () => await run.fleet.killAll())
      await run.returned(held)
    },
  },
  {
    name: 'F3',
    says: 'A worker is frozen (SIGSTOP) for longer than its lease, until its tasks run elsewhere, and goes on',
    stores: ['redis', 'embedded'],
    mix: { shortest: 200, longest: 400 },
    workers: 3,
    async inject(run) {
      for (let round = 0; round < run.rounds; round++) {
        await run.history.more('started', run.random.between(5, 20))
        await freezeWorker(run, await run.anyWorker())
      }
    },
  },
  {
    name: 'F4',
    says: 'Jobs block the event loop of their worker for longer than its lease',
    stores: ['redis', 'embedded'],
    mix: { jobs: { 'fault.async': 30, 'fault.spins': 1 }, shortest: 0, longest: 50, revoked: 0 },
    settings: ['--lease-ttl', '2s'],
    rules: { noRedelivery: true },
    async inject(run) {
      const spinning = {
        ...run.mix,
        jobs: { 'fault.spins': 1 },
        shortest: 4_500,
        longest: 5_000,
        bulk: 0,
        pending: 1,
        line: false,
      }
      await run.fault(
        'blocked',
        async () => await run.produce({ FAULTS_MIX: JSON.stringify({ ...spinning, failing: 0 }) }),
      )
      for (let round = 0; round < run.rounds; round++) await run.blocked()
    },
  },
  {
    name: 'F5',
    says: 'Workers are stopped (SIGTERM) under load: what fits into the grace period ends, the rest goes back at no retry',
    stores: ['redis', 'embedded'],
    mix: { longest: 1_500, failing: 0, revoked: 0 },
    settings: ['--grace-period', '500ms'],
    async inject(run) {
      for (let round = 0; round < 2 * run.rounds; round++) {
        await run.history.more('started', run.random.between(5, 20))
        const { server } = await run.anyWorker()
        await run.fault('SIGTERM', async () => await server.kill('SIGTERM'))
      }
    },
    check: burnedRuns,
  },
  {
    name: 'F6',
    says: 'A producer is killed in the middle of its calls',
    stores: ['redis', 'embedded'],
    mix: { bulk: 90, longest: 5, pending: 300 },
    async inject(run) {
      for (let round = 0; round < 2 * run.rounds; round++) {
        await run.history.more('acknowledged', run.random.between(1, 100))
        const producer = run.random.pick(run.producers.slice(-2) as [ServerProcess, ServerProcess])
        await run.fault('producer killed', async () => await producer.kill('SIGKILL'))
        await run.produce()
      }
    },
  },
]
