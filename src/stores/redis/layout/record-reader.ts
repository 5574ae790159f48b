import type { TaskRecord } from '../../../model/task-record.js'
import type { Bytes } from './bytes.js'
import { NONE } from './bytes.js'
import type { EndedBegin, EndedHead } from './ended-head.js'
import { endedBegin, endedRest, isBegin } from './ended-head.js'
import type { LiveTask } from './live-task.js'
import { bodyEndOf, liveTask } from './live-task.js'
import { endedRecord, recordOf } from './records.js'

/** Reads records that have come together, as a slot keeps them: what they begin with comes before them. */
export class RecordReader {
  #begin: EndedBegin | null = null
  /** The live task whose first line is all in the begin: many records have it. Null: each has an end of its own. */
  #task: LiveTask | null = null

  constructor(private readonly queue: string) {}

  /** Notes what records begin with. @returns false where it is a record */
  noteBegin(field: Bytes, text: Bytes): boolean {
    if (!isBegin(field)) return false
    this.#begin = endedBegin(field, text)
    const live = this.#begin?.live ?? NONE
    this.#task = live.endsWith('\n') ? liveTask(live) : null
    return true
  }

  read(id: string, record: Bytes): TaskRecord {
    const begin = this.#begin
    const head = begin && endedRest(record, begin)
    return begin === null || head === null ? recordOf(this.queue, id, record) : this.#read(id, record, head, begin.live)
  }

  #read(id: string, record: Bytes, head: EndedHead, live: Bytes): TaskRecord {
    const { queue } = this
    const end = head.length + head.liveLength - live.length
    const rest = record.substring(head.length, end) as Bytes
    const known = this.#task
    if (known?.bodyLength === null) return endedRecord(queue, id, head, known, rest, record, end)
    const value = `${live}${rest}` as Bytes
    const task = liveTask(value)
    const body = value.substring(task.bodyStart, bodyEndOf(value, task)) as Bytes
    return endedRecord(queue, id, head, task, body, record, end)
  }
}
