import type { Connection } from '../connection/connection.js'
import type { Histories } from '../connection/histories.js'
import type { RedisLocation } from '../connection/redis-location.js'
import { NamespaceKeys, permitKeys } from '../layout/keys.js'
import { bytesOf } from '../layout/bytes.js'
import type { Subscriber } from '../connection/subscriber.js'
import type { Links } from '../links.js'
import { linksTo } from '../links.js'
import type { ScriptArguments, ScriptName } from '../scripts/script.js'
import { Script } from '../scripts/script.js'

/** Connections and keys that the verbs of one permit store share. Renewals must not wait behind a large settle of a broker. */
export class RedisPermitSession {
  readonly connection: Connection
  /** Tells of a change of master, or of a restart of a server. */
  readonly histories: Histories
  readonly subscriber: Subscriber
  readonly space: NamespaceKeys
  readonly #links: Links
  /** Arguments that all calls have. */
  readonly #common: ScriptArguments

  constructor(readonly location: RedisLocation) {
    this.#links = linksTo(location)
    this.histories = this.#links.histories
    this.connection = this.#links.connection('pulsar-queue-locks')
    this.subscriber = this.#links.subscriber('plain')
    this.space = new NamespaceKeys(location.namespace)
    this.#common = { channels: bytesOf(this.space.channels), isCounted: location.kind === 'cluster' ? 0 : 1 }
  }

  /** Runs a verb's script on the permits of one name. */
  async run(
    script: ScriptName,
    name: string,
    { args = {}, list = [] }: { args?: Record<string, string | number>; list?: readonly string[] },
  ): Promise<unknown[]> {
    const { namespace } = this.space
    const found = Script.named(script)
    const written = (value: string | number) => (typeof value === 'string' ? bytesOf(value) : value)
    const named = Object.entries(args).map(([key, value]) => [key, written(value)] as const)
    const input = { args: Object.fromEntries(named), list: list.map(bytesOf) }
    const call = found.call(permitKeys(namespace, name), this.#common, input)
    return (await this.connection.run(call)) as unknown[]
  }

  /** Number of changes so far of the history of writes that has the permits of a name. */
  changesOf(name: string): number {
    return this.histories.changesOf(permitKeys(this.space.namespace, name).channels)
  }

  async close(): Promise<void> {
    await this.#links.close()
  }
}
