import type { Api, Control, ManagerClass, PulsarQueueOptions } from 'pulsar-queue'
import { Manager, PulsarQueue } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { Store } from './stores.js'

/** A store as operators see it. */
export interface OperatedStore {
  readonly store: Store
  /** Of an app that has no worker. */
  readonly api: Api
  readonly control: Control
  /** A queue for each spec. */
  readonly queue: string
  /** Makes an app with a worker of the queue in this process, which is closed after the spec. It is not started. */
  server(settings?: PulsarQueueOptions): PulsarQueue
  /** Makes and starts one. */
  serve(settings?: PulsarQueueOptions): Promise<PulsarQueue>
}

/**
 * Opens a store for the specs of a suite. To be called in its `describe`.
 *
 * @param settings - of the app that looks, which has the manager
 */
export function useOperatedStore(
  make: () => Promise<Store>,
  settings: PulsarQueueOptions = {},
  manager: ManagerClass = Manager,
): OperatedStore {
  let store: Store
  let looker: PulsarQueue
  let api: Api
  let queues = 0
  const open: PulsarQueue[] = []
  const quiet = () => ({ dataStore: store.url, parseConsole: false, logLevel: 'silent' }) as const

  beforeAll(async () => {
    store = await make()
    looker = new PulsarQueue(manager, { ...quiet(), ...settings })
    api = await looker.api().start()
  })
  beforeEach(() => {
    queues += 1
  })
  afterEach(async () => {
    for (const app of open.splice(0)) await app.close()
  })
  afterAll(async () => {
    await looker.close()
    await store.dispose()
  })

  const at: OperatedStore = {
    get store() {
      return store
    },
    get api() {
      return api
    },
    get control() {
      return api.control
    },
    get queue() {
      return `queue-${String(queues)}`
    },
    server(more = {}) {
      const app = new PulsarQueue({ ...quiet(), workers: 0, taskQueues: [at.queue], ...more })
      open.push(app)
      return app
    },
    async serve(more) {
      const app = at.server(more)
      await app.start()
      return app
    },
  }
  return at
}
