import type { Broker } from './broker.js'
import { described, InvalidOptionError, InvalidSettingError } from '../errors.js'
import type { PermitStore } from './permit-store.js'
import type { PubSub } from './pub-sub.js'
import type { StoreOptions } from '../model/store-options.js'
import type { DurabilityName } from '../model/durability.js'
import { hidePassword } from '../util/hide-password.js'

/** What a broker is opened with besides its URL. Plain data. */
export interface EngineOptions extends StoreOptions {
  /** The setting. Null or absent: what the URL says, or the weakest. */
  readonly durability?: DurabilityName | null | undefined
}

/** An engine: makes the three faces of the store at a URL. None of them connects before it is used. */
export interface StoreFactory {
  broker(url: string, options?: EngineOptions): Broker
  pubsub(url: string, options?: StoreOptions): PubSub
  locks(url: string, options?: StoreOptions): PermitStore
}

/**
 * Makes the broker of a `scheme://` URL and, optionally, the other faces that a data store needs. None of them connects
 * before it is used. The broker is opened once in each process, and its leases are renewed from the main thread.
 */
export type BrokerFactory =
  | ((url: string) => Broker)
  | {
      readonly broker: (url: string) => Broker
      /** Without it, `dataStore` must be another store. */
      readonly pubsub?: ((url: string) => PubSub) | undefined
      /** Without it, `dataStore` must be another store. */
      readonly locks?: ((url: string) => PermitStore) | undefined
    }

const SCHEME = /^[a-z][a-z0-9+.-]*$/
/** Schemes of this package's engines. `open-store.ts` loads them. */
const BUILT_IN = [
  'embedded',
  'redis',
  'rediss',
  'redis+unix',
  'redis+sentinel',
  'rediss+sentinel',
  'redis+cluster',
  'rediss+cluster',
] as const
/** The URL scheme of an engine of this package. */
export type EngineScheme = (typeof BUILT_IN)[number]
const KEY = Symbol.for('pulsar-queue.brokers')

/** Stored on `globalThis`: two copies of the package in one process share it. */
function registry(): Map<string, BrokerFactory> {
  const holder = globalThis as unknown as { [KEY]: Map<string, BrokerFactory> | undefined }
  return (holder[KEY] ??= new Map<string, BrokerFactory>())
}

/**
 * Adds a broker for `scheme://` URLs in the settings `messageBroker` and `dataStore`. Call it before an app starts, in the
 * program itself: every worker process runs the program, too.
 *
 * @param scheme - lower-case letters, digits, `+`, `.` and `-`, a letter first; none of this package's own schemes
 * @param factory - makes the broker of a URL
 * @throws {@link InvalidOptionError} for a scheme that is malformed or taken, and for a factory that is neither a function
 *   nor an object with one
 */
export function registerBroker(scheme: string, factory: BrokerFactory): void {
  if (typeof scheme !== 'string' || !SCHEME.test(scheme)) {
    throw new InvalidOptionError('scheme', "the start of a URL, such as 'nats'", described(scheme))
  }
  const given: unknown = factory
  const make = typeof given === 'object' && given !== null && 'broker' in given ? given.broker : given
  if (typeof make !== 'function') {
    throw new InvalidOptionError('factory', 'a function of the URL that gives a Broker', described(given))
  }
  const known = registry().get(scheme)
  if (BUILT_IN.some((own) => own === scheme) || (known !== undefined && known !== factory)) {
    throw new InvalidOptionError('scheme', 'a free one', `${described(scheme)}, which is taken`)
  }
  registry().set(scheme, factory)
}

/** All registered schemes. */
export function registeredSchemes(): readonly string[] {
  return [...registry().keys()]
}

/** The engine that was registered for a scheme; undefined: none. */
export function registeredStore(scheme: string): StoreFactory | undefined {
  const factory = registry().get(scheme)
  if (factory === undefined) return undefined
  const { broker, pubsub, locks } = typeof factory === 'function' ? { broker: factory } : factory
  // The options are not passed on: a factory may have a second parameter of its own.
  return {
    broker: (url, options) => {
      refuseDurability(url, options?.durability ?? null)
      return broker(url)
    },
    pubsub: (url) => (pubsub ?? missing('pub/sub'))(url),
    locks: (url) => (locks ?? missing('locks'))(url),
  }
}

/** A promise that nobody keeps would be worse than none. */
function refuseDurability(url: string, durability: DurabilityName | null): void {
  if (durability === null) return
  throw new InvalidSettingError(
    'durability',
    `absent with the store ${hidePassword(url)}, which was registered by registerBroker`,
    described(durability),
    'settings',
    'calls may have it as an option where the broker lists its durabilities',
  )
}

function missing(face: string): (url: string) => never {
  return (url) => {
    throw new InvalidSettingError(
      'dataStore',
      `a store that has ${face}`,
      JSON.stringify(hidePassword(url)),
      'settings',
      'set dataStore to an embedded: or redis:// URL, and messageBroker to this one',
    )
  }
}
