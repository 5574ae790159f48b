// A worker of a long run. Its settings are on the command line; LONG_RUN is the directory of the history, LONG_RUN_ROLE whose usage it tells.
import { join } from 'node:path'
import { createJiti } from 'jiti'
import { PulsarQueue } from 'pulsar-queue'

const { tellUsage } = await createJiti(import.meta.url, { tryNative: true }).import('./usage.ts')
tellUsage(join(process.env.LONG_RUN, 'usage'), process.env.LONG_RUN_ROLE ?? 'worker')
const app = new PulsarQueue({ taskPaths: [new URL('jobs.ts', import.meta.url).href] })
await app.start()
process.stdout.write('ready\n')
