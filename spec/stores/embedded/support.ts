import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach } from 'vitest'
import { DatabaseConnection } from '../../../lib/stores/embedded/database/database-connection.js'
import { openDatabases } from '../../../lib/stores/embedded/database/open-databases.js'
import { prepareDirectory } from '../../../lib/stores/embedded/database/store-directory.js'
import type { ClaimedTask, DoneSettlement, LaneCall, NewTask } from '../../../lib/stores/broker.js'
import { EmbeddedBroker } from '../../../lib/stores/embedded/embedded-broker.js'

const PEER = fileURLToPath(new URL('./fixtures/peer.mjs', import.meta.url))
const OPENER = fileURLToPath(new URL('./fixtures/opener.mjs', import.meta.url))

export const QUEUE = 'q'
/** Longest wait for other processes' writes, ms. */
const TIMEOUT = 10_000

export function newTask(id: string, more: Partial<NewTask> = {}): NewTask {
  return { id, job: 'job', tags: [], body: 'body', priority: 4, delay: 0, inbox: null, checkDuplicate: false, ...more }
}

export function done(task: ClaimedTask): DoneSettlement {
  return { kind: 'done', task, status: 1, outcome: 'result', ttl: 0 }
}

/** Numbers the calls of one lane. */
export function lane(worker: string): () => LaneCall {
  let seq = 0
  return () => ({ queue: QUEUE, worker, lane: 0, seq: ++seq })
}

/** A directory for each spec, and the brokers and processes on it; all of it goes afterwards. */
export class StoreDirectory {
  path = ''
  #brokers: EmbeddedBroker[] = []
  #peers: ChildProcess[] = []

  constructor() {
    beforeEach(() => {
      this.path = mkdtempSync(join(tmpdir(), 'pq-embedded-'))
    })
    afterEach(async () => {
      for (const peer of this.#peers.splice(0)) await killed(peer)
      for (const broker of this.#brokers.splice(0)) await broker.close()
      rmSync(this.path, { recursive: true, force: true })
    })
  }

  get url(): string {
    return `embedded:${this.path}`
  }

  /** Begins anew in another directory. The brokers on the last one are closed by then. */
  renew(): void {
    rmSync(this.path, { recursive: true, force: true })
    this.path = mkdtempSync(join(tmpdir(), 'pq-embedded-'))
  }

  async open(url = this.url): Promise<EmbeddedBroker> {
    const broker = new EmbeddedBroker(url)
    this.#brokers.push(broker)
    await broker.connect()
    return broker
  }

  /** Another process, once it is ready. @param onMessage - hears what it says from the start */
  async peer(
    mode: 'work' | 'produce',
    name: string,
    onMessage: (message: object) => void,
    timers: 'intervals' | 'no-intervals' = 'intervals',
  ): Promise<ChildProcess> {
    const child = fork(PEER, [mode, this.url, QUEUE, name, timers])
    this.#peers.push(child)
    await new Promise<void>((resolve, reject) => {
      child.on('message', (message) => {
        if (message === 'ready') resolve()
        else if (typeof message === 'object') onMessage(message)
      })
      child.once('exit', (code) => {
        reject(new Error(`the peer ended with ${String(code)}`))
      })
    })
    return child
  }

  /** Another process that opens what it is sent, and answers what came of it. */
  async opener(): Promise<ChildProcess> {
    const child = fork(OPENER)
    this.#peers.push(child)
    await once(child, 'message')
    return child
  }
}

/** The databases of a store, as each process opens them for itself. */
export interface Connections {
  readonly queue: DatabaseConnection
  readonly leases: DatabaseConnection
  close(): Promise<void>
}

export function connect(directory: string, timeout = TIMEOUT): Connections {
  const { queue, leases } = openDatabases(prepareDirectory(directory), timeout)
  const connections = {
    queue: new DatabaseConnection(queue, 'spec', timeout),
    leases: new DatabaseConnection(leases, 'spec', timeout),
  }
  const close = async (): Promise<void> => {
    await Promise.all([connections.queue.close(), connections.leases.close()])
  }
  return { ...connections, close }
}

/** Ends a process as `kill -9` does. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
