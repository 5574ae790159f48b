import type { Broker } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import type { Run } from '../../lib/execution/run.js'
import type { TaskEvents } from '../../lib/execution/task-events.js'
import { JsonSerializer } from '../../lib/serializers/json-serializer.js'
import { SYSTEM_CLOCK } from '../../lib/util/clock.js'
import { deferred } from '../../lib/util/deferred.js'
import { RunEvents } from '../../lib/worker/run-events.js'

/** The events of runs whose progress the store answers when the spec says so. */
function runEvents() {
  const announced: string[] = []
  const answers = [deferred<readonly boolean[]>(), deferred<readonly boolean[]>()] as const
  let calls = 0
  const broker = { progress: async () => await answers[calls++ === 0 ? 0 : 1].promise }
  const events = {
    publishes: false,
    announce: async (_queue: string, event: string) => await Promise.resolve(announced.push(event)),
  }
  const made = new RunEvents({
    broker: broker as unknown as Broker,
    events: events as unknown as TaskEvents,
    serializer: new JsonSerializer(),
    clock: SYSTEM_CLOCK,
    name: 'w',
    onTask: null,
  })
  const claimed = { id: 'a', fence: 1, body: '{}' }
  const run = { queue: 'q', claimed, header: () => ({ id: 'a' }) } as unknown as Run
  return { made, announced, answers, run }
}

describe('the end of a run', () => {
  it('waits until the progress is announced that its job has not waited for, where someone listens', async () => {
    const { made, announced, answers, run } = runEvents()
    made.listened('q', true)
    made.started(run)
    void made.progressed(run, 'w', 1)
    const refused = made.progressed(run, 'w', 2)
    const { run: other } = runEvents()
    let isTold = false
    const told = made.announceBefore([{ run: other }, { run: null }, { run }])?.then(() => (isTold = true))
    await made.announceBefore([{ run: other }])
    expect(announced).toEqual(['started'])
    answers[0].resolve([true])
    await new Promise((resolve) => setImmediate(resolve))
    expect([announced, isTold]).toEqual([['started', 'progress'], false])
    answers[1].reject(new Error('away'))
    await expect(refused).rejects.toThrow('away')
    await told
    expect(announced).toEqual(['started', 'progress'])
    expect(made.announceBefore([{ run }])).toBeNull()
  })

  it('waits for nothing where nobody listens', () => {
    const { made, run } = runEvents()
    void made.progressed(run, 'w', 1)
    expect(made.announceBefore([{ run }])).toBeNull()
  })
})
