import type { Api, Control, JobContext, LogLine } from 'pulsar-queue'
import { defineJob } from 'pulsar-queue'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { PublishedLines } from '../../lib/model/worker-order.js'
import { logChannel } from '../../lib/model/worker-order.js'
import { useOperatedStore } from '../support/operated-store.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'

const talk = defineJob(
  { name: 'talk' },
  function (this: JobContext, { lines, fails }: { lines: number; fails: boolean }): string {
    for (let i = 1; i <= lines; i++) this.logger.info(`line ${String(i)}`, { number: i, password: 'swordfish' })
    if (lines > 0) this.logger.child('part').debug('the last one')
    if (fails) throw new Error('no')
    return 'said'
  },
)
const again = defineJob({ name: 'again', maxRetries: 1, retryDelay: '1h' }, function (this: JobContext) {
  this.logger.warn('it will fail')
  throw new Error('no')
})

/** Cuts off all who listen to a Redis. The embedded store has no connections. */
async function cutListeners(store: Store, queue: string): Promise<void> {
  const redis = await store.redisOf?.(queue)
  await redis?.client('KILL', 'TYPE', 'PUBSUB')
}

/** Logs so many lines, or ends, by the name of its task. */
const saying = new Map<string, (lines: number) => void>()
const steady = defineJob({ name: 'steady' }, async function (this: JobContext, { name }: { name: string }) {
  let said = 0
  await new Promise<void>((resolve) => {
    saying.set(name, (lines) => {
      if (lines === 0) resolve()
      for (let i = 0; i < lines; i++) this.logger.info(`said ${String(said++)}`)
    })
  })
})

describe.each(STORES)('the log of a task on $store', ({ make }) => {
  const at = useOperatedStore(make, { redact: ['password'] })
  let api: Api
  let control: Control
  let number = 0

  beforeEach(() => {
    ;({ api, control } = at)
    saying.clear()
  })

  const work = async (keepLogs?: 'failed' | 'all' | 'none'): Promise<string> => {
    const queue = `talk-${String(++number)}`
    await at.serve({ taskQueues: [queue], keepLogs })
    return queue
  }
  const linesOf = async (queue: string, lines: number, fails: boolean): Promise<readonly string[] | null> => {
    const { id } = await api.tasks.queue(talk, { lines, fails }, { queue })
    return (await control.show(id))?.logs?.map(({ level, text }) => `${level} ${text}`) ?? null
  }

  it('has the last hundred lines of a run that has failed, without what is hidden', async () => {
    const queue = await work()
    const lines = await linesOf(queue, 150, true)
    expect(lines).toHaveLength(100)
    expect(lines?.[0]).toBe('info line 52 {"number":52,"password":"[redacted]"}')
    expect(lines?.at(-1)).toBe('debug the last one')
    const { id } = await api.tasks.queue(talk, { lines: 1, fails: true }, { queue })
    const [line] = (await control.show(id))?.logs ?? []
    expect(line).toMatchObject({ run: 1, level: 'info' })
    expect(Math.abs((line?.at ?? 0) - Date.now())).toBeLessThan(60_000)
  })

  it('is kept of no run that has succeeded or has logged nothing', async () => {
    const queue = await work()
    expect(await linesOf(queue, 3, false)).toBeNull()
    expect(await linesOf(queue, 0, true)).toBeNull()
  })

  it('is told to nobody who does not follow, and to those who do, however many lines come at once', async () => {
    const queue = await work()
    const { id } = await api.tasks.queue(steady, { name: queue }, { queue, callback: false })
    const say = await until('the run', () => saying.get(queue))
    say(3)
    const seen: string[] = []
    const leaving = new AbortController()
    const followed = (async () => {
      for await (const { text } of control.follow(id, { signal: leaving.signal })) seen.push(text)
    })()
    await until('what it has said', () => (seen.length === 3 ? true : undefined))
    say(200)
    await until('the rest', () => (seen.length === 203 ? true : undefined))
    say(0)
    await followed
    expect(seen).toEqual(Array.from({ length: 203 }, (_, i) => `said ${String(i)}`))
  })

  it('is told whole to each of several who follow it, also when one of them goes away', async () => {
    const queue = await work()
    const { id } = await api.tasks.queue(steady, { name: queue }, { queue, callback: false })
    const say = await until('the run', () => saying.get(queue))
    const told = Array.from({ length: 4 }, (): string[] => [])
    const leaving = new AbortController()
    const followed: Promise<void>[] = []
    const follow = async (seen: string[], signal?: AbortSignal): Promise<void> => {
      for await (const { text } of control.follow(id, { signal })) seen.push(text)
    }
    for (const [i, seen] of told.entries()) {
      say(2)
      followed.push(follow(seen, i === 3 ? leaving.signal : undefined))
      const all = 2 * (i + 1)
      await until('all so far', () => (told.slice(0, i + 1).every(({ length }) => length === all) ? true : undefined))
    }
    leaving.abort()
    await followed[3]
    say(2)
    await until('the rest', () => (told.slice(0, 3).every(({ length }) => length === 10) ? true : undefined))
    say(1)
    say(0)
    await Promise.all(followed)
    const lines = Array.from({ length: 11 }, (_, i) => `said ${String(i)}`)
    expect(told).toEqual([lines, lines, lines, lines.slice(0, 8)])
  })

  it('says how many of its lines are missing, where so many come at once that nobody has them', async () => {
    const queue = await work()
    const { id } = await api.tasks.queue(steady, { name: queue }, { queue, callback: false })
    const say = await until('the run', () => saying.get(queue))
    say(1)
    const seen: LogLine[] = []
    const followed = (async () => {
      for await (const line of control.follow(id)) seen.push(line)
    })()
    await until('the first', () => seen[0])
    say(1_499)
    say(0)
    await followed
    const lines = Array.from({ length: 1_500 }, (_, i) => `said ${String(i)}`)
    const expected = [...lines.slice(0, 1_001), '399 lines are missing', ...lines.slice(1_400)]
    expect(seen.map(({ text }) => text)).toEqual(expected)
    expect(seen.filter(({ missing }) => missing !== undefined)).toMatchObject([{ level: 'warn', run: 1, missing: 399 }])
  })

  /** Follows a task, and lets a spec decide what of its lines arrives. */
  const followThrough = (
    id: string,
    pass: (lines: PublishedLines, deliver: (lines: PublishedLines) => void) => void,
  ) => {
    const subscribe = api.pubsub.subscribe.bind(api.pubsub)
    const spy = vi.spyOn(api.pubsub, 'subscribe').mockImplementation(async (channel, listener) => {
      if (channel !== logChannel(id)) return await subscribe(channel, listener)
      const deliver = (event: string) => (lines: PublishedLines) => {
        listener(event, Buffer.from(JSON.stringify(lines)))
      }
      return await subscribe(channel, (event, payload) => {
        pass(JSON.parse(Buffer.from(payload).toString()) as PublishedLines, deliver(event))
      })
    })
    onTestFinished(() => {
      spy.mockRestore()
    })
    const seen: string[] = []
    const followed = (async () => {
      for await (const { text } of control.follow(id)) seen.push(text)
    })()
    return { seen, followed }
  }
  const endOf = ({ first, lines }: PublishedLines): number => first + lines.length
  const lines = (count: number): string[] => Array.from({ length: count }, (_, i) => `said ${String(i)}`)

  it('is whole and in order where lines between others were lost', async () => {
    const queue = await work()
    const { id } = await api.tasks.queue(steady, { name: queue }, { queue, callback: false })
    const say = await until('the run', () => saying.get(queue))
    say(1)
    let lost: number | null = null
    const { seen, followed } = followThrough(id, (published, deliver) => {
      if (lost === null || lost === 6) deliver(published)
      else lost = endOf(published)
    })
    await until('the first', () => seen[0])
    lost = 1
    say(5)
    await until('that all five are lost', () => (lost === 6 ? true : undefined))
    say(1)
    await until('the others', () => (seen.length === 7 ? true : undefined))
    say(0)
    await followed
    expect(seen).toEqual(lines(7))
  })

  it('is whole where its last lines, and that it is over, were lost', async () => {
    const queue = await work()
    const { id } = await api.tasks.queue(steady, { name: queue }, { queue, callback: false })
    const say = await until('the run', () => saying.get(queue))
    say(1)
    let isLossy = false
    let lost = 0
    const { seen, followed } = followThrough(id, (published, deliver) => {
      if (!isLossy) {
        deliver(published)
        return
      }
      lost += published.lines.length
      isLossy = !published.isOver
    })
    await until('the first', () => seen[0])
    isLossy = true
    say(3)
    say(0)
    await followed
    expect(lost).toBeGreaterThanOrEqual(3)
    expect(seen).toEqual(lines(4))
  })

  it('is whole, each line once, where it comes twice and in another order', async () => {
    const queue = await work()
    const { id } = await api.tasks.queue(steady, { name: queue }, { queue, callback: false })
    const say = await until('the run', () => saying.get(queue))
    say(1)
    const held: PublishedLines[] = []
    let isHolding = false
    const { seen, followed } = followThrough(id, (published, deliver) => {
      deliver(published)
      if (!isHolding) return
      held.push(published)
      for (const each of held.toReversed()) deliver(each)
    })
    await until('the first', () => seen[0])
    isHolding = true
    for (let count = 2; count <= 5; count += 1) {
      say(1)
      await until('one more', () => (seen.length === count ? true : undefined))
    }
    say(0)
    await followed
    expect(seen).toEqual(lines(5))
  })

  it('is asked for again where it was lost on its way', async () => {
    const queue = await work()
    const { id } = await api.tasks.queue(steady, { name: queue }, { queue, callback: false })
    const say = await until('the run', () => saying.get(queue))
    say(1)
    const seen: string[] = []
    const followed = (async () => {
      for await (const { text } of control.follow(id)) seen.push(text)
    })()
    await until('the first', () => seen[0])
    await cutListeners(at.store, queue)
    say(5)
    await until('what was lost', () => (seen.length === 6 ? true : undefined))
    say(1)
    await until('what comes then', () => (seen.length === 7 ? true : undefined))
    say(0)
    await followed
    expect(seen).toEqual(Array.from({ length: 7 }, (_, i) => `said ${String(i)}`))
  })

  it('has all lines of a task that was released and starts again, under the same number of its run', async () => {
    const queue = `talk-${String(++number)}`
    const first = await at.serve({ taskQueues: [queue], gracePeriod: '1ms' })
    const { id } = await api.tasks.queue(steady, { name: queue }, { queue, callback: false })
    const say = await until('the run', () => saying.get(queue))
    say(3)
    const seen: LogLine[] = []
    const followed = (async () => {
      for await (const line of control.follow(id)) seen.push(line)
    })()
    await until('its lines', () => seen[2])
    await first.close()
    await at.serve({ taskQueues: [queue] })
    const sayAgain = await until('the next start', () => (saying.get(queue) === say ? undefined : saying.get(queue)))
    sayAgain(2)
    await until('its lines', () => seen[4])
    sayAgain(0)
    await followed
    expect(seen.map(({ run, text }) => `${String(run)} ${text}`)).toEqual(
      ['said 0', 'said 1', 'said 2', 'said 0', 'said 1'].map((text) => `1 ${text}`),
    )
  })

  it('is followed to its end where the task is over, also where that has no time', async () => {
    const queue = await work()
    const { id } = await api.tasks.queue(talk, { lines: 150, fails: true }, { queue })
    const seen: LogLine[] = []
    for await (const line of control.follow(id)) seen.push(line)
    expect(seen).toHaveLength(101)
    expect(seen[0]).toMatchObject({ text: '51 lines are missing', missing: 51 })
    for await (const exported of control.export(`id:${id}`, { whole: true })) {
      const timeless = { ...(JSON.parse(exported) as object), id: `${id}-timeless`, endedAt: 0 }
      expect(await control.import([JSON.stringify(timeless)])).toMatchObject({ over: 1 })
    }
    const again: string[] = []
    for await (const { text } of control.follow(`${id}-timeless`)) again.push(text)
    expect(again).toHaveLength(101)
    expect(again[0]).toBe('51 lines are missing')
  })

  it('is not followed where lines are not kept', async () => {
    const queue = await work('none')
    const { id } = await api.tasks.queue(steady, { name: queue }, { queue, callback: false })
    const say = await until('the run', () => saying.get(queue))
    const seen: string[] = []
    const followed = (async () => {
      for await (const { text } of control.follow(id)) seen.push(text)
    })()
    say(3)
    say(0)
    await followed
    expect(seen).toEqual([])
    await expect(control.follow('unknown')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'PQ_NOT_FOUND',
    })
  })

  it('is there while the task waits for its retry', async () => {
    const queue = await work()
    const { id } = await api.tasks.queue(again, {}, { queue, callback: false })
    const logs = await until('the retry', async () => {
      const task = await control.show(id)
      return task?.state === 'delayed' ? task.logs : undefined
    })
    expect(logs).toMatchObject([{ level: 'warn', text: 'it will fail', run: 1 }])
  })

  it('is kept of all runs, or of none, where the setting says so', async () => {
    expect(await linesOf(await work('all'), 1, false)).toEqual([
      'info line 1 {"number":1,"password":"[redacted]"}',
      'debug the last one',
    ])
    expect(await linesOf(await work('none'), 1, true)).toBeNull()
  })

  it('is bounded, however long its lines are', async () => {
    const long = defineJob({ name: 'long' }, function (this: JobContext) {
      for (let i = 0; i < 50; i++) this.logger.info('x'.repeat(100_000), { big: 'y'.repeat(100_000), n: 1n })
      throw new Error('no')
    })
    const queue = await work()
    const { id } = await api.tasks.queue(long, {}, { queue })
    const texts = (await control.show(id))?.logs?.map(({ text }) => text) ?? []
    expect(texts.length).toBeGreaterThan(5)
    expect(texts.join('').length).toBeLessThan(13_000)
  })
})
