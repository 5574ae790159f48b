import { NOTICE_RECORD_LIMIT } from '../../policy.js'
import type { DoneSettlement, ReleaseSettlement, RetrySettlement, Settlement } from '../../broker.js'
import type { Bytes } from './bytes.js'
import { bytesOf, bytesOfEncoded, NONE } from './bytes.js'
import { liveTask, tailOf } from './live-task.js'
import { pack, packBytes, packCount } from './packed.js'
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
  readonly members: { readonly index: number; readonly place: number; readonly settlement: DoneSettlement }[]
}

/** @param worker - as `escaped` makes it. @param now - server's time, ms */
export function settleArguments(settlements: readonly Settlement[], worker: string, now: number): SettleArguments {
  const groups = new Map<string, Group>()
  const slots = new Map<string, ResultSlot>()
  const others: { readonly index: number; readonly settlement: RetrySettlement | ReleaseSettlement }[] = []
  // A call settles a task once, whatever else it says of it.
  const settled = new Set<number>()
  settlements.forEach((settlement, index) => {
    const { task } = settlement
    const note = claimNote(task)
    if (!note || settled.has(task.fence)) return
    settled.add(task.fence)
    if (settlement.kind !== 'done') {
      others.push({ index, settlement })
      return
    }
    const slot = resultSlot(now, settlement.ttl)
    const known = slots.get(slot.name)
    if (!known || known.expiry < slot.expiry) slots.set(slot.name, slot)
    const name = `${String(note.batch)} ${slot.name}`
    const number = [...slots.keys()].indexOf(slot.name) + 1
    const group = groups.get(name) ?? { batch: note.batch, size: note.size, slot: number, members: [] }
    group.members.push({ index, place: note.place, settlement })
    groups.set(name, group)
  })
  const all = [...groups.values()]
  for (const { members } of all) members.sort((a, b) => a.place - b.place)
  return {
    others: others.length === 0 ? NONE : pack(others.flatMap(({ settlement }) => otherArguments(settlement))),
    groups: all.flatMap((group) => groupArguments(group, worker, now)),
    slots: [...slots.values()],
    order: [...all.flatMap(({ members }) => members.map(({ index }) => index)), ...others.map(({ index }) => index)],
  }
}

/** Six a group, as of `settle.lua`. */
function groupArguments({ batch, size, slot, members }: Group, worker: string, now: number): Bytes[] {
  const tasks = members.map(({ settlement }) => settlement)
  const records = tasks.map((each) => endRecord(each, worker, now))
  const places = members.length === size ? '' : members.map(({ place }) => String(place)).join(' ')
  const statuses = tasks.map(({ status }) => String(status)).join('')
  const inboxes = tasks.map(({ task }) => liveTask(claimNote(task)?.value ?? NONE).inboxes)
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
function otherArguments(settlement: RetrySettlement | ReleaseSettlement): Bytes[] {
  const { kind, task, delay } = settlement
  const note = claimNote(task)
  if (!note) throw new Error(`expected the claim of task ${task.id} with its settlement, got none`)
  const live = liveTask(note.value)
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
