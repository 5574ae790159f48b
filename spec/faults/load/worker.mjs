// A worker of the load. Its settings are on the command line, its history in FAULTS_HISTORY.
import { PulsarQueue } from 'pulsar-queue'

process.env.FAULTS_WORKER = String(process.pid)
const files = process.env.FAULTS_POISON === undefined ? ['jobs.ts'] : ['jobs.ts', 'poison.ts']
const app = new PulsarQueue({ taskPaths: files.map((file) => new URL(file, import.meta.url).href) })
await app.start()
process.stdout.write('ready\n')
