import { NOTICE_RECORD_LIMIT } from '../../policy.js'
import type { DoneSettlement, ReleaseSettlement, RetrySettlement, Settlement } from '../../broker.js'
import type { Bytes } from './bytes.js'
import { bytesOf, bytesOfEncoded, NONE } from './bytes.js'
import { tailOf } from './live-task.js'
import { pack, packBytes, packCount } from './packed.js'
import type { ClaimNote } from './records.js'
import { claimNote, endRecord, packAttempt } from './records.js'
import type { ResultSlot } from './result-slots.js'
import { resultSlot } from './result-slots.js'

/** Settlements as `settle.lua` takes them. */
export interface SettleArguments {
  /** Of those that end no task. */
  readonly others: Bytes
  /** Of those that do. */
  readonly groups: readonly Bytes[]
  readonly slots: readonly ResultSlot[]
  /** Indexes of the settlements in the order of the script's verdicts. Those of tasks that are certainly not held are missing. */
  readonly order: readonly number[]
}

/** Settlements of one batch that go into one slot, by their indexes. */
interface Group {
  readonly batch: number
  readonly size: number
  /** Number of the slot, from 1. */
  readonly slot: number
  readonly members: { readonly index: number; readonly note: ClaimNote; readonly settlement: DoneSettlement }[]
}

/** A settlement that does not end its task, by its index. */
interface Other {
  readonly index: number
  readonly note: ClaimNote
  readonly settlement: RetrySettlement | ReleaseSettlement
}

/** @param worker - as `escaped` makes it. @param now - server's time, ms */
export function settleArguments(settlements: readonly Settlement[], worker: Bytes, now: number): SettleArguments {
  const groups = new Map<string, Group>()
  const slots = new Map<string, ResultSlot>()
  const others: Other[] = []
  // A call settles a task once, whatever else it says of it.
  const settled = new Set<number>()
  settlements.forEach((settlement, index) => {
    const { task } = settlement
    const note = claimNote(task)
    if (!note || settled.has(task.fence)) return
    settled.add(task.fence)
    if (settlement.kind !== 'done') {
      others.push({ index, note, settlement })
      return
    }
    const slot = resultSlot(now, settlement.ttl)
    const known = slots.get(slot.name)
    if (!known || known.expiry < slot.expiry) slots.set(slot.name, slot)
    const name = `${String(note.batch)} ${slot.name}`
    const number = [...slots.keys()].indexOf(slot.name) + 1
    const group = groups.get(name) ?? { batch: note.batch, size: note.size, slot: number, members: [] }
    group.members.push({ index, note, settlement })
    groups.set(name, group)
  })
  const all = [...groups.values()]
  for (const { members } of all) members.sort((a, b) => a.note.place - b.note.place)
  return {
    others: others.length === 0 ? NONE : pack(others.flatMap(otherArguments)),
    groups: all.flatMap((group) => groupArguments(group, worker, now)),
    slots: [...slots.values()],
    order: [...all.flatMap(({ members }) => members.map(({ index }) => index)), ...others.map(({ index }) => index)],
  }
}

/** Six a group, as of `settle.lua`. */
function groupArguments({ batch, size, slot, members }: Group, worker: Bytes, now: number): Bytes[] {
  const records = members.map(({ settlement, note }) => endRecord(settlement, note, worker, now))
  const places = members.length === size ? '' : members.map(({ note }) => String(note.place)).join(' ')
  const statuses = members.map(({ settlement }) => String(settlement.status)).join('')
  const inboxes = members.map(({ note }) => note.live.inboxes)
  const [first = NONE] = inboxes
  const isCommon =
    inboxes.every((each) => each === first) &&
    !first.includes(' ') &&
    (first === '' || records.every((record) => record.length <= NOTICE_RECORD_LIMIT))
  let packed: string = packCount(records.length)
  for (const record of records) packed += packBytes(record)
  return [
    bytesOf(String(batch)),
    bytesOf(places),
    bytesOf(String(slot)),
    bytesOf(/^1*$/.test(statuses) ? '' : statuses),
    isCommon ? first : bytesOf('*'),
    (isCommon ? packed : packed + pack(inboxes)) as Bytes,
  ]
}

/** Nine each, as of `settle.lua`. */
function otherArguments({ settlement, note }: Other): Bytes[] {
  const { kind, task, delay } = settlement
  const { live } = note
  const isReadable = live.bodyStart > 0
  const tail =
    kind === 'retry'
      ? tailOf(note.value, live, live.runs + 1, bytesOfEncoded(settlement.outcome))
      : delay > 0
        ? tailOf(note.value, live, live.runs, null)
        : NONE
  return [
    ...[kind, String(note.batch), String(note.place)].map(bytesOf),
    bytesOf(task.id),
    ...[live.priority, delay, live.queuedAt].map((each) => bytesOf(String(each))),
    // What cannot be read stays as it is, so that it ends with its reason.
    isReadable ? tail : NONE,
    kind === 'retry' && settlement.attempt ? packAttempt(settlement.attempt) : NONE,
  ]
}
