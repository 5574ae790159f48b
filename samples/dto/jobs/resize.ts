import { Job } from 'pulsar-queue'

/** Tells the size of a thumbnail. */
@Job()
export class Resize {
  // A single destructured parameter spreads as well: the caller passes width, height and scale.
  run({ width, height, scale = 0.5 }: { width: number; height: number; scale?: number }) {
    return `${String(width * scale)}x${String(height * scale)}`
  }
}
