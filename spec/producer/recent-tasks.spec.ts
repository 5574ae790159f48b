import type { NewTask, QueueReply } from 'pulsar-queue'
import { expect, it, onTestFinished } from 'vitest'
import { Outbox } from '../../lib/producer/outbox.js'
import { RecentTasks } from '../../lib/producer/recent-tasks.js'
import { EmbeddedBroker } from '../../lib/stores/embedded/embedded-broker.js'
import { LASTING_HISTORY } from '../../lib/stores/store-history.js'
import { deferred } from '../../lib/util/deferred.js'
import { KeptLogger } from '../support/kept-logger.js'
import { newTask } from '../support/new-task.js'

/** A store that may forget, and says when it has. */
class Forgetful extends EmbeddedBroker {
  forget: (queues: readonly string[] | null) => void = () => undefined
  override readonly history = { ...LASTING_HISTORY }
  override onHistoryChange(listener: (queues: readonly string[] | null) => void): () => void {
    this.forget = listener
    return () => undefined
  }
}

/** Ids that are queued again once the store has forgotten what `keep` was told. @param queues - those that it has forgotten; null: all */
async function restored(
  keep: (recent: RecentTasks) => void,
  queues: readonly string[] | null = null,
): Promise<string[]> {
  const broker = new Forgetful('embedded::memory:recent')
  await broker.connect()
  const answers: QueueReply[] = []
  const all = deferred<undefined>()
  const answered = (_queue: string, reply: QueueReply): void => void answers.push(reply)
  const recent = new RecentTasks(broker, new KeptLogger(), answered, () => {
    all.resolve(undefined)
  })
  onTestFinished(async () => {
    recent.close()
    await broker.close()
  })
  keep(recent)
  broker.forget(queues)
  await all.promise
  return answers.map(({ id }) => id)
}

const task = (id: string, body = '{}'): NewTask => newTask(id, { job: 'j', body })

it('are queued again, of each queue in order', async () => {
  const ids = await restored((recent) => {
    for (let i = 0; i < 1_200; i++) recent.add(`q${String(i % 2)}`, [task(String(i))], 2)
  })
  expect(ids).toHaveLength(1_200)
  const even = ids.filter((id) => Number(id) % 2 === 0).map(Number)
  expect(even).toEqual([...even].sort((a, b) => a - b))
})

it('are those of the queues that the store has forgotten, where it has several servers', async () => {
  const keep = (recent: RecentTasks): void => {
    for (let i = 0; i < 6; i++) recent.add(`q${String(i % 3)}`, [task(String(i))], 2)
  }
  expect(await restored(keep, ['q1'])).toEqual(['1', '4'])
})

it('are the last of those that fit into the memory for them, in however many queues they are', async () => {
  const body = JSON.stringify('x'.repeat(1_000_000))
  const ids = await restored((recent) => {
    for (let i = 0; i < 40; i++) recent.add(`q${String(i)}`, [task(String(i), body)], body.length)
  })
  expect(ids).toContain('39')
  expect(ids.length).toBeLessThan(20)
})

it('are not those that the store has refused, since another job has their id', async () => {
  const broker = new Forgetful('embedded::memory:refused')
  await broker.connect()
  const answers: string[] = []
  const over = deferred<undefined>()
  const recent = new RecentTasks(
    broker,
    new KeptLogger(),
    (_queue, { id }) => void answers.push(id),
    () => {
      over.resolve(undefined)
    },
  )
  onTestFinished(async () => {
    recent.close()
    await broker.close()
  })
  await broker.queue('q', [{ ...task('taken'), job: 'another' }])
  const refused: unknown[] = []
  const outbox = new Outbox(broker, recent)
  const outgoing = (id: string) => ({
    ...{ ...task(id), queue: 'q', checkDuplicate: true },
    accepted: () => undefined,
    refused: (error: unknown) => void refused.push(error),
  })
  for (const id of ['mine', 'taken']) outbox.put(outgoing(id), null)
  await outbox.drain()
  expect(refused).toMatchObject([{ code: 'PQ_ID_IN_USE', id: 'taken', usedBy: 'another' }])
  broker.forget(null)
  await over.promise
  expect(answers).toEqual(['mine'])
})
