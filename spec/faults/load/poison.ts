/* Jobs that take the process or the thread that they run in with them. */
import type { JobContext } from 'pulsar-queue'
import { CPUBOUND, defineJob, THREAD_IO } from 'pulsar-queue'
import { Recorder } from '../history/recorder.js'

const recorder = new Recorder(process.env['FAULTS_HISTORY'] ?? '')
const worker = Number(process.env['FAULTS_WORKER'])

const WAYS: Readonly<Record<string, () => void>> = {
  exit: () => process.exit(7),
  segfault: () => process.kill(process.pid, 'SIGSEGV'),
  loop: () => {
    for (;;);
  },
  memory: () => {
    for (const kept: number[][] = []; ;) kept.push(new Array<number>(1_000_000).fill(kept.length))
  },
  throws: () => {
    setImmediate(() => {
      throw new Error('thrown beside the run')
    })
  },
}

/** In the event loop of a worker a loop or a full memory takes long to be noticed: only a thread or a child is given these. */
const MODES = [
  ['async', {}, ['exit', 'segfault']],
  ['thread', { concurrency: THREAD_IO }, ['exit', 'loop', 'memory', 'throws']],
  ['process', { concurrency: CPUBOUND }, ['exit', 'segfault', 'loop', 'throws']],
] as const

function poison(way: string) {
  return async function (this: JobContext): Promise<void> {
    const { task, fence, name: job } = this
    recorder.record({ e: 'started', id: task.id, job, fence, run: task.retry, pid: worker })
    WAYS[way]?.()
    await new Promise(() => undefined)
  }
}

for (const [mode, more, ways] of MODES)
  for (const way of ways) defineJob({ name: `poison.${mode}.${way}`, timeout: '2s', ...more }, poison(way))
