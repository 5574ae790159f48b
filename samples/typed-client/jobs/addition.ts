import { Job } from 'pulsar-queue'

/** Adds numbers. */
@Job()
export class Addition {
  run(a: number, b = 1) {
    return a + b
  }
}
