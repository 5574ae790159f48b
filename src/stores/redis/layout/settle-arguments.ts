import { SUCCESS } from '../../../model/task-state.js'
import { performance } from '../../../util/timers.js'
import { NOTICE_RECORD_LIMIT } from '../../policy.js'
import type { DoneSettlement, ReleaseSettlement, RetrySettlement, Settlement } from '../../broker.js'
import type { Bytes } from './bytes.js'
import { bytesOf, bytesOfEncoded, NONE } from './bytes.js'
import { tailOf } from './live-task.js'
import { pack, packCount } from './packed.js'
import type { ClaimedBatch, ClaimNote, SharedBegin } from './records.js'
import { claimNote, EndWriter, packAttempt } from './records.js'
import type { ResultSlot } from './result-slots.js'
import { resultSlot } from './result-slots.js'

/** Settlements as `settle.lua` takes them. */
export interface SettleArguments {
  /** Of those that end no task. */
  readonly others: Bytes
  /** What the runs have met that failed. */
  readonly problems: Bytes
  /** Records of those that do which are large, each in parts, in the order of the groups. */
  readonly apart: readonly (readonly Bytes[])[]
  /** Of those that do. */
  readonly groups: readonly Bytes[]
  readonly slots: readonly ResultSlot[]
  /** Indexes of the settlements in the order of the script's verdicts. Those of tasks that are certainly not held are missing. */
  readonly order: readonly number[]
}

/** Settlements of one batch that go into one slot. */
interface Group {
  readonly batch: ClaimedBatch
  /** Number of the slot, from 1. */
  readonly slot: number
  /** Their indexes among the settlements of the call. An object for each would be the most that a call makes. */
  readonly members: number[]
  /** Place of the last one; Infinity: they are not in the order of their places. */
  lastPlace: number
}

/** A settlement that does not end its task, by its index. */
interface Other {
  readonly index: number
  readonly note: ClaimNote
  readonly settlement: RetrySettlement | ReleaseSettlement
}

/** @param worker - as `escaped` makes it. @param now - server's time, ms */
export function settleArguments(settlements: readonly Settlement[], worker: Bytes, now: number): SettleArguments {
  const grouping = new Grouping(now)
  const others: Other[] = []
  const settled = new SettledFences()
  let haveProblems = false
  for (let index = 0; index < settlements.length; index += 1) {
    const settlement = settlements[index]
    const note = settlement && claimNote(settlement.task)
    if (!note || !settled.add(settlement.task.fence)) continue
    if (settlement.kind === 'done') grouping.add(index, note, settlement.ttl)
    else others.push({ index, note, settlement })
    if (settlement.kind !== 'release' && settlement.problem !== undefined) haveProblems = true
  }
  const groups: Bytes[] = []
  const apart: (readonly Bytes[])[] = []
  const order: number[] = []
  for (const group of grouping.groups) {
    if (group.lastPlace === Infinity) sortByPlace(group.members, settlements)
    for (const index of group.members) order.push(index)
    groups.push(...groupArguments(group, settlements, worker, apart))
  }
  for (const { index } of others) order.push(index)
  return {
    problems: haveProblems ? pack(order.flatMap((index, place) => problemArguments(settlements[index], place))) : NONE,
    others: others.length === 0 ? NONE : pack(others.flatMap(otherArguments)),
    apart,
    groups,
    slots: grouping.slots,
    order,
  }
}

/** The tasks of a call, by their fences: a call settles a task once, whatever else it says of it. */
class SettledFences {
  /** In ascending order: runs mostly end as they were claimed, and then none is looked for. */
  readonly #ascending: number[] = []
  #last = -1
  #others: Set<number> | null = null

  /** @returns whether it is the first settlement of that task */
  add(fence: number): boolean {
    if (fence > this.#last && this.#others === null) {
      this.#ascending.push(fence)
      this.#last = fence
      return true
    }
    this.#others ??= new Set(this.#ascending)
    if (this.#others.has(fence)) return false
    this.#others.add(fence)
    return true
  }
}

function sortByPlace(members: number[], settlements: readonly Settlement[]): void {
  const placeOf = (index: number): number => noteAt(settlements, index)?.place ?? 0
  members.sort((a, b) => placeOf(a) - placeOf(b))
}

/** The note of a settlement that has one. */
function noteAt(settlements: readonly Settlement[], index: number): ClaimNote | undefined {
  return settlements[index]?.task.claim as ClaimNote | undefined
}

/** Puts settlements into groups. Those that follow each other are nearly always of one batch and one time to live. */
class Grouping {
  readonly groups: Group[] = []
  readonly slots: ResultSlot[] = []
  #last: Group | null = null
  #lastTtl = -1

  constructor(private readonly now: number) {}

  add(index: number, { batch, place }: ClaimNote, ttl: number): void {
    const group = this.#groupOf(batch, ttl)
    group.members.push(index)
    group.lastPlace = place > group.lastPlace ? place : Infinity
  }

  #groupOf(batch: ClaimedBatch, ttl: number): Group {
    if (this.#last?.batch === batch && this.#lastTtl === ttl) return this.#last
    const slot = this.#slotOf(ttl)
    let group = this.groups.find((each) => each.batch.fence === batch.fence && each.slot === slot)
    if (group === undefined) {
      group = { batch, slot, members: [], lastPlace: 0 }
      this.groups.push(group)
    }
    this.#last = group
    this.#lastTtl = ttl
    return group
  }

  /** The number of a slot, from 1. */
  #slotOf(ttl: number): number {
    const slot = resultSlot(this.now, ttl)
    const at = this.slots.findIndex(({ name }) => name === slot.name)
    if (at < 0) return this.slots.push(slot)
    if ((this.slots[at]?.expiry ?? 0) < slot.expiry) this.slots[at] = slot
    return at + 1
  }
}

/** Seven a group, as of `settle.lua`. What its tasks have in common is said once. @param apart - gets its large records */
function groupArguments(
  { batch, slot, members }: Group,
  settlements: readonly Settlement[],
  worker: Bytes,
  apart: (readonly Bytes[])[],
): Bytes[] {
  const shared = members.length < FEW ? null : sharedBegin(batch, worker, members, settlements)
  const writer = new EndWriter(batch, worker, performance.now(), shared)
  const first = noteAt(settlements, members[0] ?? -1)?.live.inboxes ?? NONE
  const pieces: string[] = [packCount(members.length)]
  let haveSucceeded = true
  let areAlike = true
  let longest = 0
  for (const index of members) {
    const settlement = settlements[index] as DoneSettlement
    const note = settlement.task.claim as ClaimNote
    const length = writer.write(settlement, note, pieces, apart)
    if (length > longest) longest = length
    if (settlement.status !== SUCCESS) haveSucceeded = false
    if (note.live.inboxes !== first) areAlike = false
  }
  const isCommon = areAlike && (first === '' || longest <= NOTICE_RECORD_LIMIT) && !first.includes(' ')
  if (!isCommon) pieces.push(packInboxes(members, settlements))
  const places = members.length === batch.size ? [] : members.map((index) => noteAt(settlements, index)?.place)
  const statuses = haveSucceeded ? [] : members.map((index) => (settlements[index] as DoneSettlement).status)
  return [
    batch.fenceText,
    bytesOf(places.join(' ')),
    bytesOf(String(slot)),
    bytesOf(statuses.join('')),
    isCommon ? first : bytesOf('*'),
    shared === null ? NONE : (`${shared.field}\n${shared.text}` as Bytes),
    pieces.join('') as Bytes,
  ]
}

/** Records of a group that are too few to have what they begin with in a field of its own. */
const FEW = 3

/** What the records of a group begin with. */
function sharedBegin(
  batch: ClaimedBatch,
  worker: Bytes,
  members: readonly number[],
  settlements: readonly Settlement[],
): SharedBegin | null {
  const first = noteAt(settlements, members[0] ?? -1)
  if (first === undefined) return null
  let length = first.live.bodyStart
  for (const index of members) {
    const note = noteAt(settlements, index)
    // Tasks that were queued together mostly have one first line, which was read once.
    if (note === undefined || note.live === first.live) continue
    length = commonLength(first.value, note.value, Math.min(length, note.live.bodyStart))
  }
  const field = `\n${(batch.fence + first.place - 1).toString(36)}` as Bytes
  const text = `${batch.claimedAtText},${batch.fenceText},${worker}\n${first.value.substring(0, length)}` as Bytes
  return { field, text, length }
}

/** How many characters of two texts are the same, from the first one on. @param most - that are looked at */
function commonLength(one: string, other: string, most: number): number {
  let length = 0
  while (length < most && one.charCodeAt(length) === other.charCodeAt(length)) length += 1
  return length
}

function packInboxes(members: readonly number[], settlements: readonly Settlement[]): Bytes {
  return pack(members.map((index) => noteAt(settlements, index)?.live.inboxes ?? NONE))
}

/** Seven each, as of `settle.lua`. @param place - of its verdict, from 0 */
function problemArguments(settlement: Settlement | undefined, place: number): Bytes[] {
  if (settlement === undefined || settlement.kind === 'release' || settlement.problem === undefined) return []
  const { task, problem } = settlement
  const { id, error, message, version } = problem
  return [String(place + 1), id, task.job, error, message, version ?? '', task.id].map(bytesOf)
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
        ? tailOf(note.value, live, live.runs, null, settlement.unknownSince)
        : NONE
  return [
    ...[
      kind === 'release' && settlement.forOthers === true ? 'others' : kind,
      String(note.batch.fence),
      String(note.place),
    ].map(bytesOf),
    bytesOf(task.id),
    ...[live.priority, delay, live.queuedAt].map((each) => bytesOf(String(each))),
    // What cannot be read stays as it is, so that it ends with its reason.
    isReadable ? tail : NONE,
    kind === 'retry' && settlement.attempt ? packAttempt(settlement.attempt) : NONE,
  ]
}
