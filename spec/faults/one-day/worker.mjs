// A worker of one day. Its settings are on the command line; ONE_DAY is the directory of its notes, ONE_DAY_ROLE whose usage it tells.
import { join } from 'node:path'
import { createJiti } from 'jiti'
import { PulsarQueue } from 'pulsar-queue'

const { tellUsage } = await createJiti(import.meta.url, { tryNative: true }).import('../long-run/usage.ts')
tellUsage(join(process.env.ONE_DAY, 'usage'), process.env.ONE_DAY_ROLE ?? 'worker', undefined, 600_000)
const app = new PulsarQueue({ taskPaths: [new URL('jobs.ts', import.meta.url).href], schedulePeriodic: true })
await app.start()
process.stdout.write('ready\n')
