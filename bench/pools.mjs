/**
 * Measures the round trip of a no-op job through a warm worker thread and a warm child process, and on the event loop for
 * comparison. Jobs run one at a time, without a queue.
 *
 *     node bench/pools.mjs [runs]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PulsarQueue } from '../lib/index.js'

const runs = Number(process.argv[2] ?? 5_000)
const directory = mkdtempSync(fileURLToPath(new URL('./.jobs-', import.meta.url)))
const file = join(directory, 'jobs.mjs')
const modes = ['asyncio', 'thread', 'process']
writeFileSync(
  file,
  `import { defineJob } from '../../lib/index.js'
for (const mode of ${JSON.stringify(modes)})
  defineJob({ name: mode, concurrency: mode }, (a, b) => a + b)
`,
)

const app = new PulsarQueue({
  dataStore: 'embedded::memory:',
  taskPaths: [file],
  parseConsole: false,
  logLevel: 'warn',
})
const api = await app.api().start()
const at = (sorted, part) => sorted[Math.floor(sorted.length * part)]
try {
  for (const mode of modes) {
    const times = []
    for (let i = 0; i < runs + 500; i++) {
      const start = performance.now()
      const task = await api.tasks.execute(mode, { a: i, b: 1 })
      if (task.result !== i + 1) throw new Error(String(task.exception))
      if (i >= 500) times.push(performance.now() - start)
    }
    times.sort((a, b) => a - b)
    console.log(`${mode.padEnd(8)} p50 ${at(times, 0.5).toFixed(3)} ms, p99 ${at(times, 0.99).toFixed(3)} ms`)
  }
} finally {
  await app.close()
  rmSync(directory, { recursive: true })
}
