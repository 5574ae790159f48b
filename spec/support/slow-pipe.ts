import type { Socket } from 'node:net'

/** How a link treats what it carries. */
export interface LinkManners {
  /** ms by which all is late, and up to which more each piece is. Null: nothing is. */
  readonly latency: { readonly ms: number; readonly jitter: number } | null
  /** Whether the first bytes of each piece are sent one by one. */
  readonly slices: boolean
}

/** Bytes of a piece that are sent one by one: the rest would take a system call each, too. */
const SLICED = 64

/** One direction of a connection: delivers in order, as late and in as many pieces as the link's manners say. */
export class SlowPipe {
  #waiting = 0
  #last = Promise.resolve()

  constructor(
    private readonly to: Socket,
    private readonly manners: () => LinkManners,
  ) {}

  write(data: Buffer): void {
    const { latency, slices } = this.manners()
    if (latency === null && this.#waiting === 0) {
      this.#deliver(data, slices)
      return
    }
    const late = latency === null ? 0 : latency.ms + Math.random() * latency.jitter
    const due = new Promise((resolve) => setTimeout(resolve, late))
    this.#waiting += 1
    this.#last = this.#last.then(async () => {
      await due
      this.#waiting -= 1
      this.#deliver(data, slices)
    })
  }

  #deliver(data: Buffer, slices: boolean): void {
    if (!this.to.writable) return
    if (!slices) {
      this.to.write(data)
      return
    }
    const cut = Math.min(data.length, SLICED)
    for (let i = 0; i < cut; i++) this.to.write(data.subarray(i, i + 1))
    if (cut < data.length) this.to.write(data.subarray(cut))
  }
}
