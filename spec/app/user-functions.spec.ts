import { ConsumerAPI, defineJob, Logger, Message, MessageType, PulsarQueue } from 'pulsar-queue'
import { afterEach, describe, expect, it } from 'vitest'
import { KeptLogger } from '../support/kept-logger.js'

const fine = defineJob({ name: 'fine' }, (n: number) => n)
const fails = defineJob(
  {
    name: 'fails',
    maxRetries: 1,
    backoff: (async () => {
      throw new Error('an async backoff')
    }) as never,
  },
  () => {
    throw new Error('on purpose')
  },
)

@MessageType('note')
class Note extends Message {}

class Notes extends ConsumerAPI {
  readonly name = 'notes'
  override readonly messages = [Note]
  override async tick() {
    throw new Error('an async tick')
  }
  override info() {
    return Promise.reject(new Error('an async info')) as never
  }
  execute() {
    return null
  }
}

/** Fails in every way that a logger can. */
class BadLogger extends KeptLogger {
  override info(): void {
    throw new Error('a logger that throws')
  }
  override warn(): void {
    return Promise.reject(new Error('a logger that rejects')) as never
  }
  override error(message: string): void {
    super.error(message)
    throw new Error('a logger that throws')
  }
  override child(): never {
    throw new Error('a logger without children')
  }
}

/** Vitest fails a run in which a promise is rejected that nobody holds, as Node ends a process. */
describe('a function of the user that fails where nobody waits for it', () => {
  let app: PulsarQueue

  const open = async (logger: KeptLogger) => {
    app = new PulsarQueue({
      dataStore: 'embedded::memory:',
      workers: 0,
      parseConsole: false,
      consumers: [Notes],
      leaseTtl: '1s',
    })
    app.container.register(Logger, { useValue: logger })
    const api = await app.api().start()
    await app.start()
    return api
  }
  afterEach(async () => {
    await app.close()
  })

  it('harms no other: event callbacks, backoff, and info and tick of a consumer', async () => {
    const logger = new KeptLogger()
    const api = await open(logger)
    const seen: unknown[] = []
    const done = new Promise<void>((resolve) => {
      void api.onEvents('task', 'done', () => {
        throw new Error('thrown by a callback')
      })
      void api.onEvents('task', 'done', async () => {
        throw new Error('rejected by a callback')
      })
      void api.onEvents('task', 'done', (_channel, _event, task) => {
        if (seen.push(task.result) === 3) resolve()
      })
    })
    for (const n of [1, 2, 3]) await api.tasks.queue(fine, [n])
    await done
    expect(seen).toEqual([1, 2, 3])
    expect(await api.tasks.queue(fails, [])).toMatchObject({
      statusString: 'FAILURE',
      exception: 'on purpose',
      retry: 1,
    })
    expect(api.info()).toMatchObject({ node: api.nodeName })
    const messages = () => logger.lines.map(({ message }) => message)
    for (const words of ['thrown by a callback', 'rejected by a callback', 'an async tick']) {
      await expect.poll(messages).toContainEqual(expect.stringContaining(words))
    }
  })

  it('may be a call that only asks for a change: the log tells what became of it', async () => {
    const logger = new KeptLogger()
    const api = await open(logger)
    void api.tasks.revoke('')
    void api.tasks.pause('')
    void api.tasks.resume('')
    void api.tasks.flushQueues('')
    void api.publish('', new Note())
    await expect(api.tasks.revoke('')).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION' })
    const dropped = () =>
      logger.lines.flatMap(({ message }) => /^(\w+) failed, and nobody waits/.exec(message)?.[1] ?? [])
    const calls = ['flushQueues', 'pause', 'publish', 'resume', 'revoke']
    await expect.poll(() => dropped().sort()).toEqual(calls)
  })

  it('harms no task where it is the logger', async () => {
    const api = await open(new BadLogger())
    expect(await api.tasks.queue(fine, [1])).toMatchObject({ result: 1 })
    expect(await api.tasks.queue(fails, [])).toMatchObject({ exception: 'on purpose' })
  })
})
