import { effect, signal } from '@preact/signals'
import type { QueueOverview, WorkerOverview } from '../../operate/looks.js'
import type { DashboardHealth } from '../health.js'
import type { RequestError, Session } from './api.js'
import { get, session } from './api.js'
import { SharedStream } from './shared-stream.js'

/** What the server sends on its own. Null: nothing has come yet. */
export const queues = signal<readonly QueueOverview[] | null>(null)
export const workers = signal<readonly WorkerOverview[] | null>(null)
export const health = signal<DashboardHealth | null>(null)

/** `away`: the server or its store does not answer; what is shown is old. */
export type LiveState = 'connecting' | 'live' | 'paused' | 'away'
export const liveState = signal<LiveState>('connecting')
/** Why it is away, in a sentence. */
export const awayBecause = signal('')
/** Held still by the viewer. */
export const isPaused = signal(false)
/** Grows with each update, for pages that load more than what is sent. */
export const beat = signal(0)

/** Time until a server that has refused is asked why, ms. */
const ASK_AFTER = 2_000

/** Whether updates are asked for. */
let isOpen = false
const stream = new SharedStream({
  look(text) {
    const look = JSON.parse(text) as {
      readonly queues?: readonly QueueOverview[]
      readonly workers?: readonly WorkerOverview[]
      readonly health?: DashboardHealth
      readonly away?: string
    }
    if (look.queues) queues.value = look.queues
    if (look.workers) workers.value = look.workers
    if (look.health) health.value = look.health
    if (look.away !== undefined) awayBecause.value = look.away
    liveState.value = look.away === undefined ? 'live' : 'away'
    beat.value += 1
  },
  away(text) {
    awayBecause.value = (JSON.parse(text) as { readonly says: string }).says
    liveState.value = 'away'
  },
  refused() {
    isOpen = false
    askWhy()
  },
})

/** A hidden tab needs no updates, and browsers keep few connections open to one host. */
const isVisible = signal(!document.hidden)
document.addEventListener('visibilitychange', () => {
  isVisible.value = !document.hidden
})

effect(() => {
  const isWanted = isVisible.value && !isPaused.value && session.value !== null && session.value !== 'unknown'
  if (isWanted === isOpen) return
  if (isWanted) open()
  else close()
})

function open(): void {
  isOpen = true
  liveState.value = 'connecting'
  stream.start()
}

/** Asks why the server has refused, again and again: a login that has expired is told by its answer, which opens the form. */
function askWhy(): void {
  liveState.value = 'away'
  setTimeout(() => {
    if (isOpen || !isVisible.value || isPaused.value) return
    get<Session>('session').then(
      (now) => {
        // What the visitor may do can be something else by now.
        if (JSON.stringify(now) !== JSON.stringify(session.value)) session.value = now
        if (!isOpen && isVisible.value && !isPaused.value) open()
      },
      (error: unknown) => {
        if (session.value === 'unknown') return
        awayBecause.value = (error as RequestError).message
        askWhy()
      },
    )
  }, ASK_AFTER)
}

function close(): void {
  isOpen = false
  stream.stop()
  liveState.value = isPaused.value ? 'paused' : 'connecting'
}
