import type { NewTask } from 'pulsar-queue'
import type { Event } from '../history/event.js'
import type { FaultRun } from '../harness/fault-run.js'
import { HOSTILE_VALUES } from '../load/hostile-value.js'
import { burnedRuns } from './burned-runs.js'
import type { Scenario } from './scenario.js'
import { notShown } from './shown.js'

/** Those that take a whole worker with them come last: each ends after three deaths of workers that held nothing else. */
const POISON = [
  ...['thread.exit', 'thread.loop', 'thread.memory', 'thread.throws'],
  ...['process.exit', 'process.segfault', 'process.loop', 'process.throws', 'async.exit', 'async.segfault'],
].map((name) => `poison.${name}`)

/** What is no task: cut off, not text, of another serializer, of the wrong shape, too large to be one. */
const UNREADABLE = ['{"a":{"ms', '\xff\xfe\x00', '\x93abc', '[]', 'null', '7', '', '{"a":7}', '['.repeat(300_000)]

/** Queues bodies that no producer has written, and reports them as tasks of a job of their own. */
async function queueUnreadable(run: FaultRun): Promise<void> {
  const broker = await run.store.open()
  try {
    const tasks = UNREADABLE.map((body): NewTask => {
      const id = `unreadable:${String(run.random.next())}`
      const bytes = Buffer.from(body, 'latin1')
      const more = { tags: [], priority: 9, delay: 0, inbox: null, checkDuplicate: true }
      return { id, job: 'fault.async', body: bytes, ...more }
    })
    for (const { id } of tasks)
      run.recorder.record({
        e: 'sent',
        id,
        producer: 'harness',
        job: 'unreadable',
        queue: 'pulsarqueue',
        retries: 0,
        fails: 1,
      })
    await broker.queue('pulsarqueue', tasks)
    for (const { id } of tasks) run.recorder.record({ e: 'acknowledged', id })
  } finally {
    await broker.close()
  }
}

function* typedRefusals(events: readonly Event[]): Iterable<string> {
  for (const event of events)
    if ((event.e === 'refused' || event.e === 'rejected') && !event.code.startsWith('PQ_'))
      yield `${event.id} was refused without a code of ours: ${event.code}`
}

const REVOKED_WHILE = ['waiting', 'running', 'waiting for a retry', 'held by a dead worker'].map(
  (state) => `revoked ${state}`,
)
const MOST_KILLS = 10

/** How many tasks were revoked in which state. */
function revokedWhile(events: readonly Event[]): Readonly<Record<string, number>> {
  const states = new Map<string, { state: string; pid: number | null }>()
  const counts: Record<string, number> = {}
  for (const event of events) {
    if (event.e === 'sent') states.set(event.id, { state: 'waiting', pid: null })
    else if (event.e === 'started') states.set(event.id, { state: 'running', pid: event.pid })
    else if (event.e === 'failed') states.set(event.id, { state: 'waiting for a retry', pid: null })
    else if (event.e === 'returned' || event.e === 'ended') states.delete(event.id)
    else if (event.e === 'died') {
      for (const of of states.values()) if (of.pid === event.pid) of.state = 'held by a dead worker'
    } else if (event.e === 'revoking') {
      const name = `revoked ${states.get(event.id)?.state ?? 'after its end'}`
      counts[name] = (counts[name] ?? 0) + 1
    }
  }
  return counts
}

/** F18 to F22, F24: what schedules, tasks, deployments and callers can do. */
export const TASK_SCENARIOS: readonly Scenario[] = [
  {
    name: 'F18',
    says: 'Schedulers are killed at any moment, also between a tick and its task',
    stores: ['redis', 'embedded'],
    schedules: true,
    async inject(run) {
      for (let round = 0; round < 2 * run.rounds; round++) {
        await run.history.more('tick', run.random.between(1, 10))
        const { server } = await run.anyScheduler()
        await run.fault('scheduler killed', async () => await server.kill('SIGKILL'))
      }
      await run.history.more('tick', 10)
    },
  },
  {
    name: 'F19',
    says: 'Poison tasks exit, crash, loop for ever, fill the memory or throw beside their run, in each concurrency mode',
    stores: ['redis', 'embedded'],
    mix: { delayed: 0 },
    rules: { poison: POISON, repeatsInPlace: true },
    env: { FAULTS_POISON: '1' },
    mayCrash: true,
    shows: POISON,
    seen: (events) => Object.fromEntries(POISON.map((name) => [name, endsOf(events, (job) => job === name)])),
    async inject(run) {
      const poison = {
        delayed: 0,
        failing: 0,
        ownIds: 0,
        revoked: 0,
        bulk: 0,
        pending: 3,
        line: false,
        jobsInTurn: true,
      }
      const jobs = Object.fromEntries(POISON.map((name) => [name, 1]))
      await run.fault(
        'poison',
        async () => await run.produce({ FAULTS_MIX: JSON.stringify({ ...run.mix, ...poison, jobs }) }),
      )
      await run.untilShown()
    },
    *check(events) {
      if (endsOf(events, (job) => job === 'fault.async') === 0) yield 'no other task ended beside the poisoned ones'
    },
  },
  {
    name: 'F20',
    says: 'A rolling restart replaces workers again and again, and some of them do not know a job',
    stores: ['redis', 'embedded'],
    mix: { failing: 0, revoked: 0, longest: 20 },
    async inject(run) {
      const old = { args: [], env: { FAULTS_WITHOUT: 'fault.green fault.limited' } }
      await run.fault('older worker', async () => await run.fleet.start(old))
      for (let round = 0; round < 3 * run.rounds; round++) {
        await run.history.more('started', run.random.between(1, 20))
        const { server } = await run.anyWorker()
        await run.fault('replaced', async () => await server.kill('SIGTERM'))
      }
    },
    check: burnedRuns,
  },
  {
    name: 'F21',
    says: 'The store holds payloads that are cut off, of another serializer, of the wrong shape or nested without end',
    stores: ['redis', 'embedded'],
    rules: { poison: ['unreadable'] },
    async inject(run) {
      for (let round = 0; round < run.rounds; round++) {
        await run.history.more('started', run.random.between(1, 20))
        await run.fault('unreadable payloads', async () => await queueUnreadable(run))
      }
    },
  },
  {
    name: 'F22',
    says: 'Tasks are revoked while they wait, run, fail, are retried and are taken from dead workers',
    stores: ['redis', 'embedded'],
    mix: { revoked: 40, revokedWithin: 3_000, failing: 30, delayed: 30, shortest: 20, longest: 200, pending: 30 },
    shows: REVOKED_WHILE,
    seen: revokedWhile,
    async inject(run) {
      for (
        let round = 0;
        round < run.rounds || (round < MOST_KILLS && notShown(this, run.history.events).length > 0);
        round++
      ) {
        await run.history.more('revoked', run.random.between(5, 40))
        await run.killWorker()
      }
    },
  },
  {
    name: 'F24',
    says: 'Arguments are hostile: `__proto__`, endless nesting, megabytes, NUL, lone surrogates, values that throw when read',
    stores: ['redis', 'embedded'],
    mix: { jobs: { 'fault.async': 5, 'fault.hostile': 2 }, pending: 30, bulk: 0 },
    async inject(run) {
      const hostile = (): number =>
        run.history.events.filter((event) => event.e === 'sent' && event.job === 'fault.hostile').length
      await run.fault('hostile input', async () => {
        // Each of the two producers goes through all values in turn.
        await run.until('each hostile value', () => hostile() >= 2 * HOSTILE_VALUES + 10 * run.rounds)
      })
      await run.history.more('ended', 50)
    },
    check: typedRefusals,
  },
]

function endsOf(events: readonly Event[], isMeant: (job: string) => boolean): number {
  const jobs = new Map<string, string>()
  let ends = 0
  for (const event of events) {
    if (event.e === 'sent') jobs.set(event.id, event.job)
    else if (event.e === 'ended' && isMeant(jobs.get(event.id) ?? '')) ends += 1
  }
  return ends
}
