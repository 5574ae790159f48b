/** What tabs tell each other. `to`: only this tab is meant. */
type Message =
  | { readonly kind: 'ask' | 'hold' | 'left'; readonly by: string }
  | { readonly kind: 'look' | 'away'; readonly by: string; readonly text: string; readonly to?: string }

/** What the tab does with what comes. */
export interface StreamListener {
  /** @param text - JSON, as the server has sent it */
  look(text: string): void
  /** @param text - JSON: `{ says }` */
  away(text: string): void
  /** The server has refused the stream. It has stopped. */
  refused(): void
}

/** Longest wait for an answer of the tab that has the stream, ms. Each waits another time, so that seldom two begin one. */
const [SHORTEST_WAIT, LONGEST_WAIT] = [40, 120]
/** Time between two signs of life of the tab that has the stream, and time without one behind which it is gone, ms. */
const [ALIVE_EVERY, GONE_AFTER] = [2_000, 7_000]

/**
 * The updates of the server, from one stream for all tabs of a browser: it keeps six connections open to one host, and a seventh stream
 * would let nothing else through. Its life:
 *
 * 1. It asks the other tabs whether one has the stream. If none answers, it opens the stream itself and holds it.
 * 2. The holder passes on what comes. Of two holders, the one with the greater name yields.
 * 3. When the holder stops, or is silent for long, the others begin anew.
 */
export class SharedStream {
  readonly #name = crypto.getRandomValues(new Uint32Array(4)).join('-')
  readonly #url = new URL('api/v1/live', document.baseURI).href
  readonly #others = new BroadcastChannel(`pulsar-queue ${this.#url}`)
  #isWanted = false
  #source: EventSource | null = null
  /** What the stream brought last, for tabs that come later, with the reason if it is old. '': nothing yet. */
  #last = ''
  #alive = 0
  /** Until this tab opens the stream itself. */
  #timer = 0

  constructor(private readonly on: StreamListener) {
    this.#others.addEventListener('message', ({ data }: MessageEvent<Message>) => {
      if (this.#isWanted) this.#hear(data)
    })
  }

  start(): void {
    this.#isWanted = true
    this.#seek()
  }

  stop(): void {
    this.#isWanted = false
    clearTimeout(this.#timer)
    if (this.#source === null) return
    this.#yield()
    this.#tell('left')
  }

  #seek(): void {
    this.#tell('ask')
    this.#openAfter(SHORTEST_WAIT + Math.random() * (LONGEST_WAIT - SHORTEST_WAIT))
  }

  #openAfter(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => this.#hold(), ms)
  }

  #hold(): void {
    const source = (this.#source = new EventSource(this.#url))
    this.#tell('hold')
    this.#alive = window.setInterval(() => this.#tell('hold'), ALIVE_EVERY)
    source.addEventListener('look', ({ data }: MessageEvent<string>) => {
      this.#last = data
      this.#pass('look', data)
    })
    source.addEventListener('away', ({ data }: MessageEvent<string>) => this.#away(data))
    source.onerror = () => {
      // The browser connects again by itself, unless the server has refused.
      this.#away(JSON.stringify({ says: 'The dashboard does not answer.' }))
      if (source.readyState !== EventSource.CLOSED || source !== this.#source) return
      this.stop()
      this.on.refused()
    }
  }

  /** What was seen is old from now on: a tab that comes later is told so, too. @param text - JSON: `{ says }` */
  #away(text: string): void {
    if (this.#last !== '') {
      const { says } = JSON.parse(text) as { readonly says: string }
      this.#last = JSON.stringify({ ...(JSON.parse(this.#last) as object), away: says })
    }
    this.#pass('away', text)
  }

  /** To this tab and to the others. */
  #pass(kind: 'look' | 'away', text: string): void {
    this.#send({ kind, text, by: this.#name })
    this.on[kind](text)
  }

  #hear(message: Message): void {
    const { kind, by } = message
    if (this.#source !== null) {
      if (kind === 'ask') {
        this.#tell('hold')
        if (this.#last !== '') this.#send({ kind: 'look', text: this.#last, by: this.#name, to: by })
        return
      }
      if (kind !== 'hold') return
      if (by > this.#name) {
        // The other one yields. This tab has a stream, and opens no second one.
        this.#tell('hold')
        return
      }
      this.#yield()
    }
    if (kind === 'ask') return
    if (kind === 'left') this.#seek()
    else this.#openAfter(GONE_AFTER)
    if ('text' in message && (message.to ?? this.#name) === this.#name) this.on[message.kind](message.text)
  }

  #yield(): void {
    clearInterval(this.#alive)
    this.#source?.close()
    this.#source = null
    this.#last = ''
  }

  #tell(kind: 'ask' | 'hold' | 'left'): void {
    this.#send({ kind, by: this.#name })
  }

  #send(message: Message): void {
    this.#others.postMessage(message)
  }
}
