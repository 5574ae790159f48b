/** Extracts the text of Word documents in worker threads of this process. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PulsarQueue } from 'pulsar-queue'
import { ExtractDocx } from './jobs/extract-docx.js'

const documents = fileURLToPath(new URL('./documents/', import.meta.url))
const directory = await mkdtemp(join(tmpdir(), 'thread-io-sample-'))
const app = new PulsarQueue({
  dataStore: 'embedded::memory:',
  workers: 0,
  taskPaths: [new URL('./jobs/*.ts', import.meta.url)],
  logLevel: 'warn',
})
const api = await app.api().start()
await app.start()

const names = (await readdir(documents)).sort()
const calls = names.map((name) => [join(documents, name), join(directory, `${name}.txt`)] as const)
for (const [i, task] of (await Promise.all(api.tasks.queueMany(ExtractDocx, calls))).entries()) {
  if (!task.isSuccess()) throw new Error(`${String(task)}: ${String(task.exception)}`)
  const [input, output] = calls[i] ?? ['', '']
  const text = await readFile(output, 'utf8')
  const complete = text.length === task.result.characters
  console.log(basename(input), complete ? 'complete' : 'cut', 'in a thread', task.result.thread > 0)
}
await app.close()
await rm(directory, { recursive: true })
