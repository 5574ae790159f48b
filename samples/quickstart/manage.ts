/** The server: `node --import jiti/register manage.ts --workers 2`. Ctrl-C stops it. */
import { PulsarQueue } from 'pulsar-queue'

const app = new PulsarQueue({ taskPaths: [new URL('./jobs/*.ts', import.meta.url)] })
await app.start()
console.log('ready')
