import { createHash, randomUUID } from 'node:crypto'
import { OutageLog } from '../../logging/outage-log.js'
import type { Alert } from '../../model/alert.js'
import type { CheckedRule } from '../../model/alert-rules.js'
import { isPassing } from '../../stores/is-passing.js'
import type { OperationsStore } from '../../stores/operations-store.js'
import { errorMessage } from '../../util/thrown.js'
import { pause, performance, systemTime } from '../../util/timers.js'
import type { ControlParts } from '../control-parts.js'
import type { AlertState, PendingAlert } from './alert-state.js'
import { MANAGER, readState, writeState } from './alert-state.js'
import { AlertView } from './alert-view.js'
import { measureRule } from './measure-rule.js'
import { alertOf, nextTurn } from './next-turn.js'
import { tellAlert } from './tell-alert.js'

/** Time between two turns of a rule, ms. */
const EVERY = 60_000
/** Part of it after which a turn can be taken: timers are not exact. */
const DUE = 0.95
/** Longest wait before the first turn, ms. Processes that start together need not look together. */
const FIRST_WAIT = 1_000
/** Time that what is being told has when the loop stops, ms. */
const LAST_WORDS = 1_000
/** Turns in which an alert is told again to those who were not reached. */
const MOST_TURNS = 3

/** Options of an {@link AlertLoop}. */
export interface AlertLoopOptions {
  /** Time between two turns, ms. Default: a minute. */
  readonly every?: number
  /** Waits before each further try to tell one, ms. Default: a second, and five. */
  readonly waits?: readonly number[]
}

/**
 * Evaluates rules of alerts once a minute. Created by the app, in each process that consumes or serves a dashboard; any number may share a
 * store:
 *
 * 1. Take the turn of each rule: the store gives it to one process, with what the last turn has left.
 * 2. Look at the store, and find what has come and what is over.
 * 3. Keep that in the store, with the alerts that are to be told. From now on no other turn makes them.
 * 4. Tell them, and keep who was not reached: later turns, of any process, tell those.
 *
 * Whoever had the last turn of a rule `store` tells that the store is away: nobody else can know that it is not told yet.
 */
export class AlertLoop {
  readonly #keys: readonly string[]
  readonly #created = performance.now()
  readonly #every: number
  readonly #outage: OutageLog
  /** The rules whose last turn this process had. */
  readonly #own = new Set<CheckedRule>()
  /** The rules that have told that the store is away. */
  readonly #away = new Set<CheckedRule>()
  #awaySince: number | null = null
  readonly #stopping = new AbortController()
  /** Ends what is being told, a moment later. */
  readonly #silence = new AbortController()
  #running: Promise<void> | null = null

  constructor(
    private readonly parts: ControlParts,
    private readonly operations: OperationsStore,
    private readonly rules: readonly CheckedRule[],
    private readonly options: AlertLoopOptions = {},
  ) {
    this.#keys = keysOf(rules)
    this.#every = options.every ?? EVERY
    this.#outage = new OutageLog(parts.logger, 'alerts are evaluated again')
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Evaluates no more. What is being told has a moment to arrive; what is left is told by the next turn. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const over = new AbortController()
    void pause(LAST_WORDS, over.signal).then(() => {
      this.#silence.abort()
    })
    await this.#running
    over.abort()
  }

  /** One turn of all rules that no other process has. Never rejects. */
  async turn(): Promise<void> {
    const turn = randomUUID()
    try {
      const states = await this.operations.takeAlerts(this.#keys, turn, this.#every * DUE)
      this.#own.clear()
      const view = new AlertView(this.parts)
      const results = await Promise.allSettled(
        this.rules.map(async (rule, i) => {
          const state = states[i] ?? null
          if (state === null) return
          this.#own.add(rule)
          await this.#evaluate({ rule, key: this.#keys[i] ?? '', turn }, state, view)
        }),
      )
      const failed = results.find((result) => result.status === 'rejected')
      if (failed !== undefined) throw failed.reason
      this.#outage.succeeded()
      await this.#isBack()
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      this.#outage.failed(`alerts cannot be evaluated for now: ${errorMessage(error)}`)
      if (isPassing(error)) await this.#isAway(errorMessage(error))
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    await pause(Math.random() * FIRST_WAIT, signal)
    while (!signal.aborted) {
      await this.turn()
      await pause(this.#every, signal)
    }
  }

  async #evaluate({ rule, key, turn }: Turn, text: string, view: AlertView): Promise<void> {
    const stored = await view.now()
    const now = stored ?? systemTime()
    // What comes between the start of this process and the first turn is new. Of a store without a queue, all that comes is.
    const begun = stored === null ? 0 : now - (performance.now() - this.#created)
    const before = readState(text, begun)
    const found = await measureRule(rule, view, before)
    const next = nextTurn(rule, before, now, found, this.#app)
    // Another clock does not say what was seen.
    const state = stored === null ? { ...next, seen: before.seen } : next
    if (!(await this.operations.keepAlert(key, turn, writeState(state)))) return
    for (const { alert } of state.pending.slice(-2)) if (alert.at === now) this.#log(alert)
    if (state.pending.length === 0) return
    const pending = await this.#tell(rule, state)
    await this.operations.keepAlert(key, turn, writeState({ ...state, pending }))
  }

  /** Tells what is pending, in order. @returns what is left */
  async #tell(rule: CheckedRule, { pending }: AlertState): Promise<PendingAlert[]> {
    const left: PendingAlert[] = []
    for (const each of pending) {
      const others = await tellAlert(this.parts, rule, each.alert, each.left, this.#silence.signal, this.options.waits)
      if (others.length === 0) continue
      const turns = each.turns + 1
      if (turns < MOST_TURNS) left.push({ ...each, left: others, turns })
      else this.parts.logger.error(`an alert is given up after ${String(turns)} turns: ${each.alert.text}`)
    }
    return left
  }

  /** The store has not answered. */
  async #isAway(reason: string): Promise<void> {
    this.#awaySince ??= systemTime()
    for (const rule of this.#own) {
      if (rule.kind !== 'store' || this.#away.has(rule) || systemTime() - this.#awaySince < rule.for) continue
      this.#away.add(rule)
      await this.#tellApart(rule, 'firing', `${this.parts.broker.address} does not answer: ${reason}`)
    }
  }

  async #isBack(): Promise<void> {
    this.#awaySince = null
    for (const rule of this.#away) {
      this.#away.delete(rule)
      await this.#tellApart(rule, 'resolved', `${this.parts.broker.address} answers again`)
    }
  }

  /** Tells what no store keeps. */
  async #tellApart(rule: CheckedRule, state: Alert['state'], says: string): Promise<void> {
    const nothing = { queue: null, job: null, problem: null, worker: null, value: null }
    const item = { ...nothing, subject: 'store', says, since: this.#awaySince ?? systemTime(), isTold: true }
    const alert = alertOf(rule, state, systemTime(), [item], this.#app)
    this.#log(alert)
    await tellAlert(this.parts, rule, alert, [MANAGER, ...rule.notify.keys()], this.#silence.signal, this.options.waits)
  }

  #log({ state, text }: Alert): void {
    this.parts.logger[state === 'firing' ? 'warn' : 'info'](`alert: ${text}`)
  }

  get #app(): string {
    return this.parts.manager.config.name
  }
}

/** A rule whose turn this process has. */
interface Turn {
  readonly rule: CheckedRule
  /** Its name in the store. */
  readonly key: string
  /** Name of the turn. */
  readonly turn: string
}

/** Names of rules: the same in all processes that have them. Who is told is no part of it, since that may change. */
function keysOf(rules: readonly CheckedRule[]): string[] {
  const known = new Map<string, number>()
  return rules.map(({ kind, above, isPart, for: time, queue, job }) => {
    const text = JSON.stringify([kind, above, isPart, time, queue, job])
    const count = known.get(text) ?? 0
    known.set(text, count + 1)
    return createHash('sha1')
      .update(`${text}${String(count)}`)
      .digest('hex')
  })
}
