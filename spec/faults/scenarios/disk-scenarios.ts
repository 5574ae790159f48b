import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isPulsarError } from 'pulsar-queue'
import { EmbeddedBroker } from '../../../lib/stores/embedded/embedded-broker.js'
import type { FaultRun } from '../harness/fault-run.js'
import { makeEmbeddedStore } from '../harness/test-store.js'
import type { TestStore } from '../harness/test-store.js'
import type { Scenario } from './scenario.js'

/** Why no disk can be made here; null: one can. */
const noDisk = (): string | null =>
  process.platform === 'linux' && process.getuid?.() === 0 ? null : 'only the superuser of Linux mounts a disk'

/** A store on a disk of its own, of 24 MB. */
async function onOwnDisk(): Promise<TestStore> {
  const disk = mkdtempSync(join(tmpdir(), 'pq-faults-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk])
  const store = await makeEmbeddedStore(disk)
  return {
    ...store,
    async dispose() {
      execFileSync('umount', [disk])
      rmSync(disk, { recursive: true })
    },
  }
}

const diskOf = (run: FaultRun): string => dirname(run.store.directory)

/** Fills a disk to its last byte. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  for (const size of [65_536, 4_096, 1]) {
    try {
      for (;;) writeSync(file, Buffer.alloc(size))
    } catch {
      // There is no room for a part of this size any more.
    }
  }
  closeSync(file)
}

/** Queues a task where nothing can be written. Raises unless that is refused, with a code of ours. */
async function refused(url: string): Promise<void> {
  const broker = new EmbeddedBroker(url)
  try {
    await broker.connect()
    const more = { tags: [], priority: 4, delay: 0, inbox: null, checkDuplicate: true }
    await broker.queue('pulsarqueue', [{ id: 'refused', job: 'fault.async', body: '', ...more }])
  } catch (error) {
    if (isPulsarError(error)) return
    throw error
  } finally {
    await broker.close()
  }
  throw new Error('a task was queued in a directory that is read-only')
}

/** F23: what can happen to an embedded store. */
export const DISK_SCENARIOS: readonly Scenario[] = [
  {
    name: 'F23',
    says: 'Eight processes share an embedded store, and are killed in the middle of their commits',
    stores: ['embedded'],
    workers: 4,
    producers: 3,
    mix: { pending: 30 },
    shows: ['kill', 'producer killed'],
    async inject(run) {
      for (let round = 0; round < 3 * run.rounds; round++) {
        await run.history.more('acknowledged', run.random.between(1, 60))
        if (round % 3 !== 1) await run.killWorker()
        else {
          const [producer] = run.producers.slice(-1)
          await run.fault('producer killed', async () => await producer?.kill('SIGKILL'))
          await run.produce()
        }
      }
    },
  },
  {
    name: 'F23 read-only',
    says: 'Programs find the directory of an embedded store read-only: they are told so, and those that may write it go on',
    stores: ['embedded'],
    unable: noDisk,
    shows: ['read-only'],
    async inject(run) {
      const readOnly = mkdtempSync(join(tmpdir(), 'pq-faults-read-only-'))
      execFileSync('mount', ['--bind', run.store.directory, readOnly])
      try {
        execFileSync('mount', ['-o', 'remount,bind,ro', readOnly])
        for (let round = 0; round < run.rounds; round++) {
          await run.history.more('started', run.random.between(5, 40))
          await run.fault('read-only', async () => {
            await refused(`embedded:${readOnly}`)
          })
        }
      } finally {
        execFileSync('umount', [readOnly])
        rmSync(readOnly, { recursive: true })
      }
    },
  },
  {
    name: 'F23 full',
    says: 'The disk of an embedded store is full for a while',
    stores: ['embedded'],
    unable: noDisk,
    makeStore: onOwnDisk,
    // As many as there are calls to be refused.
    mix: { pending: 5_000 },
    async inject(run) {
      const filler = join(diskOf(run), 'filler')
      for (let round = 0; round < run.rounds; round++) {
        await run.history.more('started', run.random.between(5, 40))
        await run.fault('disk full', () => {
          fill(filler)
        })
        await run.history.more('refused', 5)
        await run.lift('disk full', () => {
          rmSync(filler)
        })
      }
    },
  },
]
