import type { QueueOverview, StoreOverview, WorkerOverview } from '../operate/looks.js'
import { watchQueues } from '../operate/watch-queues.js'
import type { Visitor } from './auth/visitor.js'
import type { DashboardHealth } from './health.js'
import { healthOf } from './health.js'

/** Most bytes that a viewer may be behind: one that reads slowly is ended, and connects again. */
const MOST_BEHIND = 4 * 1024 * 1024

/** Looks after which a viewer is let in anew: the login may have expired, or the application may have changed what the visitor may see. */
const LOOKS_OF_ENTRY = 5

/** What viewers are sent. */
interface Look {
  readonly queues: readonly QueueOverview[]
  readonly workers?: readonly WorkerOverview[]
  readonly health: DashboardHealth
  /** Why the store cannot be looked at now, so that this is old, in a sentence. Absent: it can. */
  readonly away?: string
}

interface Viewer {
  visitor: Visitor
  /** Lets the visitor in anew, or rejects. */
  readonly enter: () => Promise<Visitor>
  /** Looks since it was let in. */
  looks: number
  /** Kept, since its signal tells nothing once the request itself is garbage. */
  readonly request: Request
  readonly send: (event: string, data: unknown) => void
  readonly end: () => void
}

/**
 * Looks at the store once for all viewers of the page, and not at all while there are none. It never listens to task events: their
 * number grows with the work.
 */
export class LiveHub {
  readonly #viewers = new Set<Viewer>()
  #looking: AbortController | null = null
  /** What was seen last; null: nothing since somebody looks. */
  #last: StoreOverview | null = null
  /** Why nothing could be seen since then, in a sentence; null: it is the latest look. */
  #away: string | null = null

  /** @param look - sees the store, or rejects soon where it is away */
  constructor(private readonly look: () => Promise<StoreOverview>) {}

  /** The events of one viewer, as `text/event-stream`, until its request is aborted or nobody reads them any more. */
  stream(visitor: Visitor, request: Request, enter: () => Promise<Visitor>): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder()
    let viewer: Viewer
    const leave = (): void => {
      this.#leave(viewer)
    }
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const end = (): void => {
            leave()
            try {
              controller.close()
            } catch {
              // It is closed already.
            }
          }
          viewer = {
            visitor,
            enter,
            looks: 0,
            request,
            end,
            send: (event, data) => {
              if ((controller.desiredSize ?? 0) < -MOST_BEHIND) end()
              else controller.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`))
            },
          }
          if (request.signal.aborted) {
            end()
            return
          }
          request.signal.addEventListener('abort', end, { once: true })
          // Proxies pass on what has begun.
          controller.enqueue(encoder.encode('retry: 2000\n\n'))
          this.#enter(viewer)
        },
        cancel: leave,
      },
      { highWaterMark: 0, size: (chunk) => chunk.byteLength },
    )
  }

  /** Ends what the viewers are sent, and so the looks. */
  close(): void {
    for (const viewer of [...this.#viewers]) viewer.end()
  }

  #enter(viewer: Viewer): void {
    this.#viewers.add(viewer)
    if (this.#looking !== null) {
      // It gets what the others have seen last, so that it need not wait. During the first look it waits for that.
      if (this.#last !== null) viewer.send('look', lookOf(viewer.visitor, this.#last, this.#away))
      else if (this.#away !== null) viewer.send('away', { says: this.#away })
      return
    }
    this.#last = null
    this.#away = null
    this.#looking = new AbortController()
    void this.#go(this.#looking.signal)
  }

  #leave(viewer: Viewer): void {
    this.#viewers.delete(viewer)
    if (this.#viewers.size > 0) return
    this.#looking?.abort()
    this.#looking = null
  }

  /** Whoever is not let in any more is sent nothing any more: the page asks again, and is told why. No other viewer waits for it. */
  #admit(viewer: Viewer): void {
    viewer.looks += 1
    if (viewer.looks !== LOOKS_OF_ENTRY) return
    viewer.enter().then(
      (visitor) => {
        viewer.visitor = visitor
        viewer.looks = 0
      },
      () => {
        viewer.end()
      },
    )
  }

  async #go(end: AbortSignal): Promise<void> {
    await watchQueues(
      this.look,
      {
        seen: ({ queues, workers }) => {
          // Viewers who have come since the others left have looks of their own.
          if (end.aborted) return
          this.#last = { queues, workers }
          this.#away = null
          for (const viewer of [...this.#viewers]) {
            viewer.send('look', lookOf(viewer.visitor, this.#last, null))
            this.#admit(viewer)
          }
        },
        away: (says) => {
          if (end.aborted) return
          this.#away = says
          for (const viewer of [...this.#viewers]) viewer.send('away', { says })
        },
      },
      end,
    )
  }
}

function lookOf(visitor: Visitor, { queues, workers }: StoreOverview, away: string | null): Look {
  const seen = queues.filter(({ name }) => visitor.sees(name))
  return {
    queues: seen,
    health: healthOf(seen),
    ...(workers && {
      workers: visitor.seenWorkers(workers),
    }),
    ...(away !== null && { away }),
  }
}
