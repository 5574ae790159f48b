import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { BaseJob, CPUBOUND, Job } from 'pulsar-queue'

/** Hashes a file over and over. In a child process: it would block everything else for as long as it takes. */
@Job({ concurrency: CPUBOUND, timeout: '1m' })
export class HashFile extends BaseJob {
  run(path: string, rounds = 2_000) {
    let digest = readFileSync(path)
    for (let round = 0; round < rounds; round++) digest = createHash('sha512').update(digest).digest()
    console.log(`${path}: ${String(rounds)} rounds`) // becomes a line of the job's log
    return { digest: digest.toString('hex'), pid: process.pid }
  }
}
