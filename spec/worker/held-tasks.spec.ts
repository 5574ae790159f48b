import type { ClaimedTask } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { ClaimAhead } from '../../lib/worker/claim-ahead.js'
import { HeldTasks } from '../../lib/worker/held-tasks.js'
import { InTurn } from '../../lib/worker/in-turn.js'
import { Slots } from '../../lib/worker/slots.js'
import { TaskStarter } from '../../lib/worker/task-starter.js'
import { UnsettledOutcomes } from '../../lib/worker/unsettled-outcomes.js'
import { setImmediate as turn } from 'node:timers/promises'

let fence = 0

function claimed(id: string, priority = 4): ClaimedTask {
  const times = { queuedAt: 0, dueAt: 0, claimedAt: 0 }
  fence += 1
  return { id, job: 'work', tags: [], fence, run: 1, crashes: 0, priority, ...times, body: new Uint8Array() }
}

function heldOf(...tasks: readonly ClaimedTask[]): HeldTasks {
  const held = new HeldTasks()
  held.add(tasks, { left: tasks.length })
  return held
}

function idsOf(held: HeldTasks): string[] {
  const ids: string[] = []
  for (let next = held.next(); next !== undefined; next = held.next()) ids.push(next.claimed.id)
  return ids
}

describe('held tasks', () => {
  it('start by priority, and in the order of their claims', () => {
    const held = heldOf(claimed('a'), claimed('b', 1), claimed('c'))
    expect(held.next()?.claimed.id).toBe('a')
    held.add([claimed('d', 9), claimed('e'), claimed('f', 1)], { left: 3 })
    expect(held.count).toBe(5)
    expect(idsOf(held)).toEqual(['d', 'c', 'e', 'b', 'f'])
    expect(held.count).toBe(0)
  })

  it('can be taken out by id, and all together in the order of their claims', () => {
    const held = heldOf(claimed('a', 1), claimed('b'), claimed('c', 1))
    held.drop('b')
    held.drop('unknown')
    expect(held.clear().map((each) => each.claimed.id)).toEqual(['a', 'c'])
    expect(held.count).toBe(0)
    expect(held.next()).toBeUndefined()
  })

  it('that are taken out keep no batch from its end', () => {
    const held = new HeldTasks()
    const batch = { left: 3 }
    held.add([claimed('a'), claimed('b'), claimed('c')], batch)
    held.next()
    held.drop('b')
    expect(batch.left).toBe(2)
    held.clear()
    expect(batch.left).toBe(1)
  })

  it('wait for two looks while none starts, and for ten while others start', () => {
    const held = heldOf(claimed('a'), claimed('b'))
    expect(held.grow()).toBe(false)
    expect(held.takeStale()).toEqual([])
    expect(held.grow()).toBe(true)
    // One that came later would start before them.
    held.add([claimed('c')], { left: 1 })
    expect(held.takeStale().map((each) => each.claimed.id)).toEqual(['a', 'b', 'c'])
    held.add([claimed('low', 0)], { left: 1 })
    for (let look = 1; look < 10; look += 1) {
      held.add([claimed('high', 9)], { left: 1 })
      expect(held.next()?.claimed.id).toBe('high')
      expect(held.grow()).toBe(false)
    }
    held.add([claimed('high', 9)], { left: 1 })
    held.next()
    expect(held.grow()).toBe(true)
    held.add([claimed('high', 9)], { left: 1 })
    expect(held.takeStale().map((each) => each.claimed.id)).toEqual(['low'])
  })
})

describe('held tasks that are released', () => {
  it('go back together, in their order, once no claim is under way that would bring later ones', () => {
    const outcomes = new UnsettledOutcomes(() => undefined)
    const slots = new Slots(1)
    slots.reserve(1)
    const nothing = () => undefined
    const loop = { isClaiming: true, useReserved: () => false, claimAgain: nothing, ended: nothing, released: nothing }
    const lease = { id: 'w', state: 'consuming', isAdopting: false }
    // No slot is free, so nothing starts.
    const starter = new TaskStarter({ slots } as never, lease as never, outcomes, new ClaimAhead(1), loop)
    starter.held.add([claimed('a'), claimed('b')], { left: 2 })
    starter.releaseHeld()
    expect(outcomes.isEmpty).toBe(true)
    starter.held.add([claimed('c')], { left: 1 })
    starter.releaseWhenAnswered()
    expect(outcomes.isEmpty).toBe(true)
    loop.isClaiming = false
    starter.releaseWhenAnswered()
    expect(outcomes.take().map(({ end }) => [end.kind, end.task.id])).toEqual([
      ['release', 'a'],
      ['release', 'b'],
      ['release', 'c'],
    ])
    expect(starter.held.count).toBe(0)
  })
})

describe('answers that arrive together', () => {
  it('are taken one in a turn of the event loop, the first at once', async () => {
    const turns = new InTurn()
    const done: string[] = []
    for (const name of ['a', 'b', 'c']) {
      turns.do(() => {
        done.push(name)
      })
    }
    expect(done).toEqual(['a'])
    await turn()
    expect(done).toEqual(['a', 'b'])
    await turn()
    expect(done).toEqual(['a', 'b', 'c'])
    await turn()
    turns.do(() => {
      done.push('d')
    })
    expect(done).toEqual(['a', 'b', 'c', 'd'])
  })
})
