import { Job } from 'pulsar-queue'

/** Calculates the size of a thumbnail. */
@Job()
export class Resize {
  // The arguments are the members of the one destructured parameter: width, height and scale.
  run({ width, height, scale = 0.5 }: { width: number; height: number; scale?: number }) {
    return `${String(width * scale)}x${String(height * scale)}`
  }
}
