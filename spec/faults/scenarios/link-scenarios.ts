import { readdirSync } from 'node:fs'
import type { ScriptName } from '../../../lib/stores/redis/scripts/script.js'
import { Script } from '../../../lib/stores/redis/scripts/script.js'
import { kernelLinkIsForbidden, makeKernelLink } from '../../support/kernel-link.js'
import type { KernelLink } from '../../support/kernel-link.js'
import { injectedOf } from '../checker/figures.js'
import { startRedisServer } from '../../support/redis-server.js'
import type { FaultRun } from '../harness/fault-run.js'
import { redisStore } from '../harness/test-store.js'
import type { TestStore } from '../harness/test-store.js'
import type { Scenario } from './scenario.js'

/** Most replies that are dropped beyond those of the rounds, until one of each kind was. */
const MOST_MORE = 200

const links = new WeakMap<TestStore, KernelLink>()

/** Injects a fault of the link several times, each after some tasks have started. @param inject - ends the fault as well */
const often =
  (times: number, inject: (run: FaultRun) => unknown) =>
  async (run: FaultRun): Promise<void> => {
    for (let round = 0; round < times * run.rounds; round++) {
      await run.history.more('started', run.random.between(1, 20))
      await inject(run)
    }
  }

const passing = async (run: FaultRun, name: string, act: () => void): Promise<void> => {
  await run.fault(name, act)
  await run.lift(name, () => undefined)
}

const SCRIPTS: ReadonlyMap<string, string> = new Map(
  readdirSync(new URL('../../../src/stores/redis', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(queue|locks|operations)\/.*\.lua$/.test(path))
    .map((path) => path.replace(/\.lua$/, ''))
    .map((path) => [Script.named(path as ScriptName).sha, path.replace(/^queue\//, '')]),
)

/** Names of the scripts and commands of what a client has sent. */
function verbsIn(asked: Buffer): readonly string[] {
  const text = asked.toString('latin1')
  return [...text.matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n(?:\$40\r\n([0-9a-f]{40})\r\n)?/g)].map(
    ([, command = '', sha = '']) => SCRIPTS.get(sha) ?? command.toLowerCase(),
  )
}

function dropped(verb: string): string {
  return `reply of ${verb} dropped`
}

/** Breaks a connection in place of the next reply to a verb that was not met yet; after some, of any. */
async function dropReply(run: FaultRun): Promise<void> {
  const met = injectedOf(run.history.read())
  let left = run.random.between(1, 20)
  await new Promise<void>((resolve) => {
    run.link.rewrite = (data, asked) => {
      const verbs = verbsIn(asked)
      if (verbs.length === 0 || (verbs.every((verb) => dropped(verb) in met) && left-- > 0)) return data
      for (const verb of new Set(verbs)) run.recorder.record({ e: 'fault', name: dropped(verb) })
      run.recorder.record({ e: 'lifted', name: 'reply dropped' })
      resolve()
      return null
    }
  })
}

/** F7 to F9: what can happen to the links between a Redis and its clients. */
export const LINK_SCENARIOS: readonly Scenario[] = [
  {
    name: 'F7',
    says: 'A reply is dropped with its connection, after the server has acted',
    stores: ['redis'],
    // What the load does all the time; what else it has met, its figures tell.
    shows: ['queue', 'settle', 'renew'].map(dropped),
    async inject(run) {
      await often(10, dropReply)(run)
      for (let more = 0; more < MOST_MORE && !run.isShown(); more++) await dropReply(run)
    },
  },
  {
    name: 'F7 swallowed',
    says: 'All replies are swallowed: the server acts on what it gets, and nobody hears of it',
    stores: ['redis'],
    inject: often(1, async (run) => {
      await passing(run, 'replies swallowed', () => {
        run.link.swallow()
      })
    }),
  },
  {
    name: 'F8',
    says: 'All is 1 to 20 ms late and comes in pieces of a byte, and connections are reset',
    stores: ['redis'],
    async inject(run) {
      await run.fault('latency and slices', () => {
        run.link.manners = { latency: { ms: 1, jitter: 19 }, slices: true }
      })
      await often(3, async () => {
        await passing(run, 'reset', () => {
          run.link.reset()
        })
      })(run)
      await run.lift('latency and slices', () => {
        run.link.manners = { latency: null, slices: false }
      })
    },
  },
  {
    name: 'F9',
    says: 'Connections are half-open: what is sent on them arrives nowhere, and neither end is told',
    stores: ['redis'],
    inject: often(1, async (run) => {
      await passing(run, 'half-open', () => {
        run.link.blackhole()
      })
    }),
    *check(_events, { figures }) {
      const slowest = Math.max(0, ...figures.recoveries)
      if (slowest > 20_000) yield `a half-open connection was noticed after ${slowest.toFixed(0)} ms`
    },
  },
  {
    name: 'F9 kernel',
    says: 'The link to the server is down for seconds, and TCP delivers what was sent meanwhile once it is up again',
    stores: ['redis'],
    unable: kernelLinkIsForbidden,
    async makeStore() {
      const link = makeKernelLink()
      const server = await startRedisServer(['--protected-mode', 'no'], link)
      const store = redisStore(server, null, '', () => {
        link.dispose()
      })
      links.set(store, link)
      return store
    },
    inject: often(1, async (run) => {
      const link = links.get(run.store)
      await run.fault('link down', () => link?.down())
      // As long as it takes to notice: then the second copies are on their way before the first ones arrive.
      await new Promise((resolve) => setTimeout(resolve, run.random.between(500, 8_000)))
      await run.lift('link down', () => link?.up())
    }),
  },
]
