import { Job, Manager, PulsarQueue, defineJob } from 'pulsar-queue'
import { afterEach, describe, expect, it } from 'vitest'
import { createClient } from '../client/fixtures/client.generated.js'

const RULE = 'not ending in / and digits, as partitions of queues do (mail-3 fits, mail/3 does not)'
const apps: PulsarQueue[] = []

function appOf(more = {}): PulsarQueue {
  const app = new PulsarQueue({ dataStore: 'embedded::memory:', parseConsole: false, logLevel: 'silent', ...more })
  apps.push(app)
  return app
}

const hello = defineJob({ name: 'hello' }, () => 'hello')

describe('a name of a queue that is kept for a partition', () => {
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close()
  })

  const refused = (code: string, name = 'mail/3') => ({
    code,
    message: expect.stringMatching(new RegExp(`${RULE.replace(/[()/]/g, '\\$&')}, got "${name}"`)) as string,
  })

  it('is refused wherever a task is queued, and a queue looked at or controlled', async () => {
    const { tasks } = await appOf().api().start()
    const error = refused('PQ_INVALID_OPTION')
    await expect(tasks.queue(hello, [], { queue: 'mail/3' })).rejects.toMatchObject(error)
    await expect(tasks.size('mail/3')).rejects.toMatchObject(error)
    await expect(tasks.flushQueues('mail/3')).rejects.toMatchObject(error)
    await expect(tasks.pause('mail/3')).rejects.toMatchObject(error)
    await expect(tasks.resume('mail/3')).rejects.toMatchObject(error)
  })

  it.each([{ taskQueues: ['a', 'mail/3'] }, { defaultTaskQueue: 'mail/3' }])('is refused in %o', async (settings) => {
    await expect(appOf(settings).api().start()).rejects.toMatchObject(refused('PQ_INVALID_SETTING'))
  })

  it('is refused of a job, of a manager, and of a client without an app', async () => {
    expect(() => Job({ name: 'j', defaultQueue: 'mail/3' })(class {} as never, undefined as never)).toThrow(RULE)
    expect(() => defineJob({ name: 'j', defaultQueue: 'mail/3' }, () => null)).toThrow(RULE)
    class Of extends Manager {
      override queues(): readonly string[] {
        return ['mail/3']
      }
    }
    const app = appOf({ workers: 0 })
    app.container.register(Manager, { useClass: Of })
    await expect(app.start()).rejects.toMatchObject(refused('PQ_INVALID_OPTION'))
    const client = async () => await createClient({ dataStore: 'embedded::memory:', defaultTaskQueue: 'mail/3' })
    await expect(client()).rejects.toMatchObject(refused('PQ_INVALID_SETTING'))
  })

  it('is one that ends in a slash and digits, and no other', async () => {
    const { tasks } = await appOf().api().start()
    for (const name of ['3', 'mail3', 'mail/3a', 'mail/', '/mail', 'a/3/b']) {
      expect((await tasks.queue(hello, [], { queue: name, callback: false })).queue).toBe(name)
    }
    for (const name of ['/0', 'a/b/12']) {
      await expect(tasks.queue(hello, [], { queue: name })).rejects.toMatchObject(refused('PQ_INVALID_OPTION', name))
    }
  })
})
