import { randomUUID } from 'node:crypto'
import type { Alert } from '../../model/alert.js'
import type { CheckedRule } from '../../model/alert-rules.js'
import { cutText } from '../../util/cut-text.js'
import type { AlertState, KeptItem, PendingAlert } from './alert-state.js'
import { MANAGER } from './alert-state.js'
import type { Found } from './measure-rule.js'

/** Most items that a rule keeps, and that an alert has. */
const MOST_KEPT = 500
const MOST_ITEMS = 50
/** Most lines of a text, and longest one, in characters. */
const MOST_LINES = 10
const LONGEST_LINE = 300
/** Most alerts that wait to be told. */
const MOST_PENDING = 20

/**
 * What a turn makes of what it has found: an alert for all that has been so for long enough and was not told, and one for all that was told
 * and is over.
 *
 * @param now - ms since the epoch by the store's clock
 */
export function nextTurn(
  rule: CheckedRule,
  state: AlertState,
  now: number,
  all: readonly Found[],
  app: string,
): AlertState {
  const before = new Map(state.items.map((item) => [item.subject, item]))
  const items = all.slice(0, MOST_KEPT).map((each): KeptItem => {
    const known = before.get(each.subject)
    const says = cutText(each.says, LONGEST_LINE)
    return { ...each, says, since: known?.since ?? now, isTold: known?.isTold === true }
  })
  const fired = items.filter(({ since, isTold }) => !isTold && now - since >= timeOf(rule))
  const left = new Set(items.map(({ subject }) => subject))
  const over = isEvent(rule) ? [] : state.items.filter(({ subject, isTold }) => isTold && !left.has(subject))
  const told = [
    ...(over.length > 0 ? [alertOf(rule, 'resolved', now, over, app)] : []),
    ...(fired.length > 0 ? [alertOf(rule, 'firing', now, fired, app)] : []),
  ]
  return {
    seen: now,
    items: items.map((item) => (fired.includes(item) ? { ...item, isTold: true } : item)),
    pending: [...state.pending, ...told.map((alert) => pendingOf(rule, alert))].slice(-MOST_PENDING),
  }
}

/** That a worker was lost is never over. */
function isEvent({ kind }: CheckedRule): boolean {
  return kind === 'workerLost'
}

/** How long it must be so. Of failures it is the time over which they are counted. */
function timeOf({ kind, for: time }: CheckedRule): number {
  return kind === 'failures' ? 0 : time
}

function pendingOf({ notify }: CheckedRule, alert: Alert): PendingAlert {
  return { alert, left: [MANAGER, ...notify.keys()], turns: 0 }
}

/** An alert with the text that people read. */
export function alertOf(
  { kind }: CheckedRule,
  state: Alert['state'],
  at: number,
  all: readonly KeptItem[],
  app: string,
): Alert {
  const lines = all.slice(0, MOST_LINES).map(({ says }) => says)
  if (all.length > MOST_LINES) lines.push(`and ${String(all.length - MOST_LINES)} more`)
  const title = `[${app}] ${state === 'resolved' ? 'resolved: ' : ''}${kind}`
  const items = all.slice(0, MOST_ITEMS).map(({ isTold: _, ...item }) => item)
  return {
    id: randomUUID(),
    state,
    kind,
    app,
    text: lines.length === 1 ? `${title}: ${lines[0] ?? ''}` : [title, ...lines.map((line) => `• ${line}`)].join('\n'),
    at,
    items,
    count: all.length,
  }
}
