/** Hashes files in child processes, while the event loop of this process stays free. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { PulsarQueue } from 'pulsar-queue'
import { HashFile } from './jobs/hash-file.js'

const ROUNDS = 2_000
const source = fileURLToPath(new URL('../../src/worker/', import.meta.url))
const files = (await readdir(source)).filter((name) => name.endsWith('.ts')).map((name) => source + name)

const app = new PulsarQueue({
  dataStore: 'embedded::memory:',
  workers: 0,
  concurrentTasks: 2,
  taskPaths: [new URL('./jobs/*.ts', import.meta.url)],
  logLevel: 'warn',
})
const api = await app.api().start()
await app.start()

const hashes = await Promise.all(files.map(async (file) => await api.tasks.queue(HashFile, [file, ROUNDS]).result()))
let same = true
for (const [i, file] of files.entries()) {
  let digest = await readFile(file)
  for (let round = 0; round < ROUNDS; round++) digest = createHash('sha512').update(digest).digest()
  same &&= digest.toString('hex') === hashes[i]?.digest
}
console.log('files', files.length > 3, 'hashes equal', same)
console.log(
  'in other processes',
  hashes.every(({ pid }) => pid !== process.pid),
)
await app.close()
