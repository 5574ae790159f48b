import { SUCCESS } from '../../../model/task-state.js'
import { performance } from '../../../util/timers.js'
import { NOTICE_RECORD_LIMIT } from '../../policy.js'
import type { DoneSettlement, ReleaseSettlement, RetrySettlement, Settlement } from '../../broker.js'
import type { Bytes } from './bytes.js'
import { bytesOf, bytesOfEncoded, NONE } from './bytes.js'
import { tailOf } from './live-task.js'
import { pack, packBytes, packCount } from './packed.js'
import type { ClaimNote } from './records.js'
import { claimNote, EndWriter, packAttempt } from './records.js'
import type { ResultSlot } from './result-slots.js'
import { resultSlot } from './result-slots.js'

/** Settlements as `settle.lua` takes them. */
export interface SettleArguments {
  /** Of those that end no task. */
  readonly others: Bytes
  /** What the runs have met that failed. */
  readonly problems: Bytes
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
  const grouping = new Grouping(now)
  const others: Other[] = []
  const settled = new SettledFences()
  for (let index = 0; index < settlements.length; index += 1) {
    const settlement = settlements[index]
    const note = settlement && claimNote(settlement.task)
    if (!note || !settled.add(settlement.task.fence)) continue
    if (settlement.kind === 'done') grouping.groupOf(note, settlement.ttl).members.push({ index, note, settlement })
    else others.push({ index, note, settlement })
  }
  const groups: Bytes[] = []
  const order: number[] = []
  for (const group of grouping.groups) {
    sortByPlace(group.members)
    for (const { index } of group.members) order.push(index)
    groups.push(...groupArguments(group, worker))
  }
  for (const { index } of others) order.push(index)
  const problems = order.flatMap((index, place) => problemArguments(settlements[index], place))
  return {
    problems: problems.length === 0 ? NONE : pack(problems),
    others: others.length === 0 ? NONE : pack(others.flatMap(otherArguments)),
    groups,
    slots: grouping.slots,
    order,
  }
}

/** The tasks of a call, by their fences: a call settles a task once, whatever else it says of it. */
class SettledFences {
  /** In ascending order: runs mostly end as they were claimed, and then none is looked for. */
  readonly #ascending: number[] = []
  #others: Set<number> | null = null

  /** @returns whether it is the first settlement of that task */
  add(fence: number): boolean {
    const last = this.#ascending.at(-1) ?? -1
    if (fence > last && this.#others === null) {
      this.#ascending.push(fence)
      return true
    }
    this.#others ??= new Set(this.#ascending)
    if (this.#others.has(fence)) return false
    this.#others.add(fence)
    return true
  }
}

function sortByPlace(members: Group['members']): void {
  const isSorted = members.every(({ note }, i) => i === 0 || note.place > (members[i - 1]?.note.place ?? 0))
  if (!isSorted) members.sort((a, b) => a.note.place - b.note.place)
}

/** Puts settlements into groups. Those that follow each other are nearly always of one batch and one time to live. */
class Grouping {
  readonly groups: Group[] = []
  readonly slots: ResultSlot[] = []
  #last: Group | null = null
  #lastTtl = -1

  constructor(private readonly now: number) {}

  groupOf({ batch, size }: ClaimNote, ttl: number): Group {
    if (this.#last?.batch === batch && this.#lastTtl === ttl) return this.#last
    const slot = this.#slotOf(ttl)
    let group = this.groups.find((each) => each.batch === batch && each.slot === slot)
    if (group === undefined) {
      group = { batch, size, slot, members: [] }
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

/** Six a group, as of `settle.lua`. What its tasks have in common is said once. */
function groupArguments({ batch, size, slot, members }: Group, worker: Bytes): Bytes[] {
  const writer = new EndWriter(batch, worker, performance.now())
  const first = members[0]?.note.live.inboxes ?? NONE
  let packed: string = packCount(members.length)
  let haveSucceeded = true
  let areAlike = true
  let longest = 0
  for (const { settlement, note } of members) {
    const record = writer.write(settlement, note)
    packed += packBytes(record)
    if (record.length > longest) longest = record.length
    if (settlement.status !== SUCCESS) haveSucceeded = false
    if (note.live.inboxes !== first) areAlike = false
  }
  const isCommon = areAlike && (first === '' || longest <= NOTICE_RECORD_LIMIT) && !first.includes(' ')
  const places = members.length === size ? [] : members.map(({ note }) => note.place)
  const statuses = haveSucceeded ? [] : members.map(({ settlement }) => settlement.status)
  return [
    bytesOf(String(batch)),
    bytesOf(places.join(' ')),
    bytesOf(String(slot)),
    bytesOf(statuses.join('')),
    isCommon ? first : bytesOf('*'),
    (isCommon ? packed : packed + pack(members.map(({ note }) => note.live.inboxes))) as Bytes,
  ]
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
        ? tailOf(note.value, live, live.runs, null)
        : NONE
  return [
    ...[
      kind === 'release' && settlement.forOthers === true ? 'others' : kind,
      String(note.batch),
      String(note.place),
    ].map(bytesOf),
    bytesOf(task.id),
    ...[live.priority, delay, live.queuedAt].map((each) => bytesOf(String(each))),
    // What cannot be read stays as it is, so that it ends with its reason.
    isReadable ? tail : NONE,
    kind === 'retry' && settlement.attempt ? packAttempt(settlement.attempt) : NONE,
  ]
}
