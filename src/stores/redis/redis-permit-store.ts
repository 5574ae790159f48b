import { NamespaceKeys } from './layout/keys.js'
import { RedisConnection } from './connection/redis-connection.js'
import { RedisSubscriber } from './connection/redis-subscriber.js'
import type { RedisLocation } from './connection/redis-url.js'
import { readRedisUrl } from './connection/redis-url.js'
import type { Subscription } from '../../util/subscription.js'
import type { AcquireReply, PermitAnswer, PermitRequest, ReleaseReply, OfferedPermit } from '../permit-store.js'
import { PermitStore } from '../permit-store.js'
import { OFFER_TTL } from '../policy.js'

const KEYS = ['holders', 'fences', 'line', 'patience']

/** Locks and limits in Redis. Made by the wiring; connects on first use. */
export class RedisPermitStore extends PermitStore {
  readonly #location: RedisLocation
  readonly #connection: RedisConnection
  readonly #subscriber: RedisSubscriber
  readonly #channels: string

  /** @throws {@link InvalidUrlError} */
  constructor(url: string) {
    super()
    this.#location = readRedisUrl(url)
    this.#connection = new RedisConnection(this.#location, 'pulsar-queue-locks')
    this.#subscriber = new RedisSubscriber(this.#location)
    this.#channels = new NamespaceKeys(this.#location.namespace).channels
  }

  get heartbeatUrl(): string {
    return this.#location.url
  }

  async acquire(name: string, requests: readonly PermitRequest[], ttl: number, waitTtl: number): Promise<AcquireReply> {
    const asked = requests.flatMap(({ holder, max }) => [holder, String(max)])
    const reply = await this.#run('lock-acquire', name, [String(ttl), String(waitTtl), ...asked])
    const end = requests.length * 2
    const answers = requests.map((_request, i): PermitAnswer => {
      const fence = String(reply[i * 2])
      return { fence: fence === '' ? null : Number(fence), retryIn: Number(reply[i * 2 + 1]) }
    })
    return { answers, offered: offeredOf(reply.slice(end + 1)) }
  }

  async renew(name: string, holders: readonly string[], ttl: number): Promise<readonly boolean[]> {
    const reply = await this.#connection.run('lock-renew', { keys: this.#keys(name), args: [String(ttl), ...holders] })
    return (reply as number[]).map((held) => held === 1)
  }

  async release(name: string, holder: string, fence: number | null, max: number): Promise<ReleaseReply> {
    const args = [holder, fence === null ? '' : String(fence), String(max)]
    const [released, ...offered] = await this.#run('lock-release', name, args)
    return { released: released === 1, offered: offeredOf(offered) }
  }

  async sweep(name: string, max: number): Promise<readonly OfferedPermit[]> {
    return (await this.release(name, '', null, max)).offered
  }

  async openInbox(inbox: string, listener: (holder: string | null) => void): Promise<Subscription> {
    const stop = await this.#subscriber.listen(
      `${this.#channels}lock:${inbox}`,
      (message) => {
        listener(message.toString())
      },
      () => {
        listener(null)
      },
    )
    return { close: stop, [Symbol.asyncDispose]: stop }
  }

  async close(): Promise<void> {
    await Promise.all([this.#subscriber.close(), this.#connection.close()])
  }

  async #run(script: 'lock-acquire' | 'lock-release', name: string, args: readonly string[]): Promise<unknown[]> {
    const call = { keys: this.#keys(name), args: [this.#channels, String(OFFER_TTL), ...args] }
    return (await this.#connection.run(script, call)) as unknown[]
  }

  #keys(name: string): string[] {
    // A brace in the name would end the tag.
    return KEYS.map((key) => `{${this.#location.namespace}:lock:${encodeURIComponent(name)}}:${key}`)
  }
}

function offeredOf(parts: readonly unknown[]): OfferedPermit[] {
  const offered: OfferedPermit[] = []
  for (let i = 0; i + 1 < parts.length; i += 2) {
    offered.push({ holder: String(parts[i]), fence: Number(parts[i + 1]) })
  }
  return offered
}
