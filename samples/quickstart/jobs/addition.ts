import { Job } from 'pulsar-queue'

/** Adds two numbers. */
@Job()
export class Addition {
  run(a: number, b: number) {
    return a + b
  }
}
