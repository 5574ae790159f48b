import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { BaseJob, CPUBOUND, Job } from 'pulsar-queue'

/** Hashes a file over and over: in a child process, since it would block the event loop until it is done. */
@Job({ concurrency: CPUBOUND, timeout: '1m' })
export class HashFile extends BaseJob {
  run(path: string, rounds = 2_000) {
    let digest = readFileSync(path)
    for (let round = 0; round < rounds; round++) digest = createHash('sha512').update(digest).digest()
    console.log(`${path}: ${String(rounds)} rounds`) // becomes a line of the job's log
    return { digest: digest.toString('hex'), pid: process.pid }
  }
}
