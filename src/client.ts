import { hostname } from 'node:os'
import type { Api } from './api/api.js'
import { apiParts } from './api/api-parts.js'
import { loadStore } from './stores/open-store.js'
import { tellAdvice } from './stores/tell-advice.js'
import type { DurabilityName } from './model/durability.js'
import { DURABILITY_FORMS, isAnyDurability } from './model/durability.js'
import type { StoreOptions } from './model/store-options.js'
import { findStoreOptionsFault, STORE_OPTIONS_FORM } from './model/store-options.js'
import { InvalidSettingError, described } from './errors.js'
import { TaskEvents } from './execution/task-events.js'
import { checkManifest } from './jobs/arguments/check-manifest.js'
import type { JobTypes } from './jobs/define/job-map.js'
import { ManifestCatalogue } from './jobs/loading/manifest-catalogue.js'
import type { Manifest } from './model/manifest.js'
import { isQueueName, QUEUE_NAME_RULE } from './model/name.js'
import { Producer } from './producer/producer.js'
import type { QueueOptions } from './model/queue-options.js'
import type { Task } from './model/task.js'
import type { QueuedTask, TaskFuture } from './model/task-future.js'
import type { Rest } from './producer/tasks.js'
import { ProducerTasks } from './producer/tasks.js'
import type { Serializer } from './serializers/serializer.js'
import type { Logger } from './logging/logger.js'
import type { TelemetrySetting } from './telemetry/load-telemetry.js'
import { loadTelemetry, TELEMETRIES } from './telemetry/load-telemetry.js'
import { WarningLogger } from './logging/warning-logger.js'

export type { Api } from './api/api.js'
export type { DurabilityName } from './model/durability.js'
export type { StoreOptions, TlsOptions } from './model/store-options.js'
export type { ApiBroker } from './api/api-broker.js'
export type { ResultOfRun } from './jobs/define/job-types.js'
export type { JobTypes } from './jobs/define/job-map.js'
export type { DtoInput } from './model/dto-input.js'
export type { Check, JobManifest, Manifest, ParameterManifest } from './model/manifest.js'
export type { ErrorDetails } from './model/error-details.js'
export type { Attempt } from './model/task-record.js'
export { Task } from './model/task.js'
export type { QueueOptions, QueueingOptions } from './model/queue-options.js'
export type { QueuedTask, TaskFuture } from './model/task-future.js'
export type { ProducerTasks } from './producer/tasks.js'
export type { TelemetrySetting } from './telemetry/load-telemetry.js'
export { isPulsarError } from './errors.js'

/** Options of a client: the stores of the queue, and how the client uses them. */
export interface ClientOptions {
  /**
   * Store of events, and of the queue unless `messageBroker` is set: `embedded:<directory>`, `redis://host:port/db`.
   * A relative directory counts from the working directory. Default `embedded:./.pulsar`.
   */
  readonly dataStore?: string | undefined
  /** Store of the queue and its results. Default: the data store. */
  readonly messageBroker?: string | undefined
  /** What the stores need besides their URLs: certificates of TLS, and addresses behind a NAT. */
  readonly storeOptions?: StoreOptions | undefined
  /** What the store must have done with a task before it is acknowledged. Default: what its URL says, else `async` or `normal`. */
  readonly durability?: DurabilityName | undefined
  /** Format of tasks. Workers read both. Default `json`. */
  readonly messageSerializer?: 'json' | 'msgpack' | undefined
  /** Queue of a task where neither caller nor job names one. Default `pulsarqueue`. */
  readonly defaultTaskQueue?: string | undefined
  /**
   * Gets the faults that concern no single call, and calls that fail while nobody waits for them. Default: errors become
   * warnings of the process.
   */
  readonly logger?: Logger | undefined
  /**
   * Whether traces and metrics are recorded by OpenTelemetry: `auto` where an SDK has registered before, `otel` always, `none` never.
   * Default `auto`.
   */
  readonly telemetry?: TelemetrySetting | undefined
}

/**
 * One job as a method of a generated client. Queues a task and gives a promise of the finished one; with `callback: false`, of
 * the queued one, whose `doneCallback` waits for its end. Never throws: an error rejects the future.
 *
 * @typeParam A - arguments by name
 * @typeParam R - what awaiting the result gives
 */
export interface JobMethod<A extends object, R> {
  // One signature, so that a wrong call gives one error; no comment, so that editors show the job's.
  <C extends boolean = true>(...rest: MethodArguments<A, CallOptions<C>>): TaskFuture<R, TaskOf<R, C>>
  /** Queues a task for each of the arguments. All leave as one command. */
  many<C extends boolean = true>(argsList: readonly A[], options?: CallOptions<C>): TaskFuture<R, TaskOf<R, C>>[]
}

/**
 * Parameters of a method of a generated client that has a signature of its own: beside the arguments that are being written,
 * editors show the comment of the signature.
 *
 * @typeParam J - arguments and result of the job
 * @typeParam C - as of {@link CallOptions}
 */
export type MethodParameters<J extends JobTypes, C extends boolean> = MethodArguments<J['args'], CallOptions<C>>

/** The member `many` of such a method: as that of a {@link JobMethod}. */
export type MethodOfMany<J extends JobTypes> = JobMethod<J['args'], J['result']>['many']

/** Options of a call. @typeParam C - whether its future waits for the end of the task */
export interface CallOptions<C extends boolean = boolean> extends QueueOptions {
  readonly callback?: C | undefined
}

/** The task that the future of a call resolves to: with `callback: false` the queued task, else the finished one. */
export type TaskOf<R, C extends boolean> = [C] extends [false] ? QueuedTask<R> : Task<R>

/** Parameters of a {@link JobMethod}: arguments and options. A job that needs no arguments may be called without. */
export type MethodArguments<A, O> = string extends keyof A ? [args?: A, options?: O] : Rest<A, O>

/**
 * A connected client.
 *
 * @typeParam J - job names to their types
 * @typeParam M - the methods
 */
export interface Client<J, M> extends AsyncDisposable {
  /** A typed method for each job. */
  readonly jobs: M
  /** The calls of a producer. They take jobs by the generated names, or by class. */
  readonly tasks: ProducerTasks<J, keyof J & string>
  /** Sends the tasks that are left, rejects the pending futures, and disconnects. An api that was given stays open. */
  close(): Promise<void>
}

/**
 * Connects a client. Called by generated code.
 *
 * @param manifest - the jobs
 * @param target - the stores of the queue, or an api whose connections are used; default: `embedded:./.pulsar`
 * @throws {@link InvalidSettingError}, {@link InvalidUrlError}, and what reaching the store throws
 */
export async function connect<J extends { readonly [K in keyof J]: JobTypes }, M extends object>(
  manifest: Manifest,
  target: ClientOptions | Api = {},
): Promise<Client<J, M>> {
  const jobs = new ManifestCatalogue(checkManifest(manifest, 'createClient'))
  const connected = isApi(target) ? await ofApi(target, jobs) : await ofStores(checked(target), jobs)
  const close = async (): Promise<void> => {
    await connected.producer.close()
    await connected.disconnect()
  }
  return {
    jobs: methodsOf(manifest, connected.producer) as M,
    tasks: new ProducerTasks<J, keyof J & string>(connected.producer),
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface Connected {
  readonly producer: Producer
  disconnect(): Promise<void>
}

async function ofApi(api: Api, jobs: ManifestCatalogue): Promise<Connected> {
  await api.start()
  const producer = apiParts(api).producer.withJobs(jobs)
  await producer.start()
  return { producer, disconnect: () => Promise.resolve() }
}

async function ofStores(options: ClientOptions, jobs: ManifestCatalogue): Promise<Connected> {
  const { dataStore = 'embedded:./.pulsar', defaultTaskQueue = 'pulsarqueue', logger = new WarningLogger() } = options
  const { messageBroker = dataStore, storeOptions = {}, durability } = options
  // One after the other: before Node 24, Jest cannot link modules that two imports at once share.
  const store = await loadStore(messageBroker)
  const eventStore = messageBroker === dataStore ? null : await loadStore(dataStore)
  const serializer = await loadSerializer(options.messageSerializer)
  const pubsub = eventStore?.pubsub(dataStore, storeOptions) ?? null
  const broker = store.broker(messageBroker, { ...storeOptions, durability })
  const disconnect = async (): Promise<void> => {
    await pubsub?.close()
    await broker.close()
  }
  try {
    await broker.connect()
    await tellAdvice(broker, logger)
    const events = new TaskEvents(broker, serializer, logger, pubsub)
    const nodeName = `client-${hostname()}`
    const telemetry = await loadTelemetry(options.telemetry ?? 'auto')
    telemetry?.open({ address: broker.address, nodeName })
    const producer = new Producer({
      broker,
      serializer,
      jobs,
      logger,
      events,
      nodeName,
      defaultQueue: defaultTaskQueue,
      onQueued: null,
      telemetry,
    })
    await producer.start()
    return { producer, disconnect }
  } catch (error) {
    await disconnect()
    throw error
  }
}

async function loadSerializer(name: ClientOptions['messageSerializer']): Promise<Serializer> {
  if (name !== 'msgpack') return new (await import('./serializers/json-serializer.js')).JsonSerializer()
  return new (await import('./serializers/msgpack-serializer.js')).MsgpackSerializer()
}

function methodsOf(manifest: Manifest, producer: Producer): object {
  const entries = Object.entries(manifest.jobs).map(([name, { method }]) => {
    const call = (args: object = {}, options?: QueueOptions): TaskFuture => producer.queue(name, byName(args), options)
    const many = (argsList: readonly object[], options?: QueueOptions): TaskFuture[] =>
      producer.queueMany(name, argsList, options)
    return [method, Object.assign(call, { many })] as const
  })
  return Object.fromEntries(entries)
}

function byName(args: object): Readonly<Record<string, unknown>> {
  return args as Readonly<Record<string, unknown>>
}

/** Recognises an api by its shape, since it may come from another copy of this package. */
function isApi(target: ClientOptions | Api): target is Api {
  // Null is refused by name later.
  return typeof target === 'object' && (target as unknown) !== null && 'onEvents' in target
}

const OPTIONS = [
  'dataStore',
  'messageBroker',
  'storeOptions',
  'durability',
  'messageSerializer',
  'defaultTaskQueue',
  'logger',
  'telemetry',
]
/** Those that are no texts. */
const OBJECTS = ['logger', 'storeOptions']

function checked(options: ClientOptions): ClientOptions {
  const given: unknown = options
  if (typeof given !== 'object' || given === null) {
    throw new InvalidSettingError('target', 'options or a started api', described(given), 'createClient')
  }
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (!OPTIONS.includes(name)) {
      throw new InvalidSettingError(name, `one of ${OPTIONS.join(', ')}`, 'an unknown setting', 'createClient')
    }
    if (value !== undefined && !OBJECTS.includes(name) && (typeof value !== 'string' || value === '')) {
      throw new InvalidSettingError(name, 'a string', described(value), 'createClient')
    }
  }
  const { messageSerializer, defaultTaskQueue, storeOptions = {}, durability, telemetry = 'auto' } = options
  if (!TELEMETRIES.includes(telemetry)) {
    throw new InvalidSettingError('telemetry', `one of ${TELEMETRIES.join(', ')}`, described(telemetry), 'createClient')
  }
  const fault = findStoreOptionsFault(storeOptions)
  if (fault !== null) throw new InvalidSettingError('storeOptions', STORE_OPTIONS_FORM, fault, 'createClient')
  if (defaultTaskQueue !== undefined && !isQueueName(defaultTaskQueue)) {
    throw new InvalidSettingError('defaultTaskQueue', QUEUE_NAME_RULE, described(defaultTaskQueue), 'createClient')
  }
  if (durability !== undefined && !isAnyDurability(durability)) {
    throw new InvalidSettingError('durability', DURABILITY_FORMS, described(durability), 'createClient')
  }
  if (messageSerializer === undefined || ['json', 'msgpack'].includes(messageSerializer)) return options
  throw new InvalidSettingError('messageSerializer', 'json or msgpack', described(messageSerializer), 'createClient')
}
