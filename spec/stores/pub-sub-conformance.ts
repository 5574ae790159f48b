import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest'
import { ClosedError } from '../../lib/errors.js'
import type { PubSub } from '../../lib/stores/pub-sub.js'

type Heard = readonly [event: string, payload: string]

/** Collects what a subscription hears, and resolves when there is enough of it. */
class Ear {
  readonly heard: Heard[] = []
  #wanted = Infinity
  #resolve: () => void = () => undefined

  readonly listen = (event: string, payload: Uint8Array): void => {
    this.heard.push([event, Buffer.from(payload).toString()])
    if (this.heard.length >= this.#wanted) this.#resolve()
  }

  async all(count: number): Promise<readonly Heard[]> {
    if (this.heard.length < count) {
      this.#wanted = count
      await new Promise<void>((resolve) => (this.#resolve = resolve))
    }
    return this.heard
  }
}

/**
 * What every {@link PubSub} does.
 *
 * @param open - another one on the same store, in another namespace if given
 */
export function pubSubConformance(open: (namespace?: string) => PubSub): void {
  let publisher: PubSub
  let subscriber: PubSub

  beforeEach(() => {
    publisher = open()
    subscriber = open()
  })
  afterEach(async () => {
    await publisher.close()
    await subscriber.close()
  })

  it('delivers messages that are published after the subscription, text and bytes alike', async () => {
    const ear = new Ear()
    await subscriber.subscribe('tweet', ear.listen)
    await publisher.publish('tweet', 'new', ['żółw', Buffer.from('bytes')])
    expect(await ear.all(2)).toEqual([
      ['new', 'żółw'],
      ['new', 'bytes'],
    ])
  })

  it('says that a message has no subscriber', async () => {
    expect(await publisher.publish('tweet', 'new', ['a'])).toBe(0)
    const subscription = await subscriber.subscribe('tweet', () => undefined)
    expect(await publisher.publish('tweet', 'new', ['a'])).not.toBe(0)
    await subscription.close()
    expect(await publisher.publish('tweet', 'new', ['a'])).toBe(0)
  })

  it('delivers any bytes unchanged', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    const got = new Promise<Uint8Array>((resolve) => {
      void subscriber
        .subscribe('raw', (_event, payload) => {
          resolve(payload)
        })
        .then(() => publisher.publish('raw', 'x', [bytes]))
    })
    expect(Buffer.compare(await got, bytes)).toBe(0)
  })

  it('keeps the order of one publisher', async () => {
    const ear = new Ear()
    await subscriber.subscribe('count', ear.listen)
    const numbers = Array.from({ length: 200 }, (_, i) => String(i))
    await Promise.all(numbers.map((number) => publisher.publish('count', 'n', [number])))
    expect((await ear.all(200)).map(([, payload]) => payload)).toEqual(numbers)
  })

  it('keeps channels apart, also those whose names begin alike', async () => {
    const one = new Ear()
    const other = new Ear()
    await subscriber.subscribe('task', one.listen)
    await subscriber.subscribe('task*', other.listen)
    await publisher.publish('task*', 'e', ['star'])
    await publisher.publish('task', 'e', ['plain'])
    expect(await one.all(1)).toEqual([['e', 'plain']])
    expect(await other.all(1)).toEqual([['e', 'star']])
  })

  it('keeps namespaces apart', async () => {
    const foreign = open('elsewhere')
    const ear = new Ear()
    await subscriber.subscribe('c', ear.listen)
    await foreign.publish('c', 'e', ['foreign'])
    await publisher.publish('c', 'e', ['own'])
    expect(await ear.all(1)).toEqual([['e', 'own']])
    await foreign.close()
  })

  it('delivers to all subscribers, the publisher, too', async () => {
    const ears = [new Ear(), new Ear(), new Ear()]
    const [first, second, third] = ears as [Ear, Ear, Ear]
    await subscriber.subscribe('c', first.listen)
    await subscriber.subscribe('c', second.listen)
    await publisher.subscribe('c', third.listen)
    await publisher.publish('c', 'e', ['x'])
    for (const ear of ears) expect(await ear.all(1)).toEqual([['e', 'x']])
  })

  it('delivers all messages to a subscriber that throws, and to the others, with a warning', async () => {
    const warned: string[] = []
    const warned3 = new Promise<void>((resolve) => {
      const warn = ({ message }: Error): void => {
        if (warned.push(message) === 3) resolve()
      }
      process.on('warning', warn)
      onTestFinished(() => void process.off('warning', warn))
    })
    const throwing = new Ear()
    const other = new Ear()
    await subscriber.subscribe('c', (event, payload) => {
      throwing.listen(event, payload)
      throw new Error(`not ${Buffer.from(payload).toString()}`)
    })
    await subscriber.subscribe('c', other.listen)
    await publisher.publish('c', 'e', ['1', '2'])
    await publisher.publish('c', 'e', ['3'])
    const all = ['1', '2', '3'].map((payload) => ['e', payload])
    expect(await throwing.all(3)).toEqual(all)
    expect(await other.all(3)).toEqual(all)
    await warned3
    expect(warned).toEqual(['not 1', 'not 2', 'not 3'])
  })

  it('delivers nothing to a closed subscription, and goes on with the others', async () => {
    const closed = new Ear()
    const open = new Ear()
    const subscription = await subscriber.subscribe('c', closed.listen)
    await subscriber.subscribe('c', open.listen)
    await subscription.close()
    await subscription.close()
    await publisher.publish('c', 'e', ['x'])
    await open.all(1)
    expect(closed.heard).toEqual([])
  })

  it('delivers again after the last subscription of a channel was closed and another was made', async () => {
    const ear = new Ear()
    const subscription = await subscriber.subscribe('c', () => undefined)
    await Promise.all([subscription.close(), subscriber.subscribe('c', ear.listen)])
    await publisher.publish('c', 'e', ['x'])
    expect(await ear.all(1)).toEqual([['e', 'x']])
  })

  it('delivers payloads that are large together in order, and refuses one that is too large by itself', async () => {
    const ear = new Ear()
    await subscriber.subscribe('c', ear.listen)
    const large = ['a', 'b', 'c'].map((letter) => letter.repeat(700_000))
    await Promise.all([publisher.publish('c', 'e', large), publisher.publish('c', 'e', ['d'])])
    expect((await ear.all(4)).map(([, payload]) => payload[0])).toEqual(['a', 'b', 'c', 'd'])
    await expect(publisher.publish('c', 'e', ['x', Buffer.alloc(16 * 1024 * 1024 + 1)])).rejects.toMatchObject({
      code: 'PQ_INVALID_OPTION',
      message:
        'expected option message to be at most 16777216 bytes when it is serialized, got 16777217 bytes; store what is large ' +
        'elsewhere, and publish where it is',
    })
  })

  it('publishes without subscribers, and without payloads', async () => {
    await publisher.publish('nobody', 'e', ['x'])
    await publisher.publish('nobody', 'e', [])
  })

  it('refuses work once it is closed; closing twice is safe', async () => {
    await publisher.close()
    await publisher.close()
    await expect(publisher.publish('c', 'e', ['x'])).rejects.toThrow(ClosedError)
    await expect(publisher.subscribe('c', () => undefined)).rejects.toThrow(ClosedError)
  })
}
