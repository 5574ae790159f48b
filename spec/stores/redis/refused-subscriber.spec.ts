import { expect, it } from 'vitest'
import { until } from '../../support/until.js'
import { task, useFixture } from './fixture.js'

const fixture = useFixture()

it('a subscriber that the server refuses for a while subscribes again, though nobody calls', async () => {
  const { redis, server } = fixture
  await redis.call('ACL', 'SETUSER', 'me', 'on', '>secret', '~*', '&*', '+@all')
  const broker = await fixture.open(`redis://me:secret@127.0.0.1:${String(server.port)}/0`)
  const notices: string[] = []
  await broker.openWorker('q', 'w', ({ kind }) => notices.push(kind))

  await redis.call('ACL', 'SETUSER', 'me', 'resetpass', '>other')
  await redis.call('CLIENT', 'KILL', 'USER', 'me')
  await until('the subscriber to be refused', async () =>
    ((await redis.call('ACL', 'LOG')) as unknown[][]).some((entry) => entry.includes('auth')) ? true : undefined,
  )
  await redis.call('ACL', 'SETUSER', 'me', 'resetpass', '>secret')
  await until('the subscription', () => (notices.includes('reconnected') ? true : undefined))
  expect(notices).toContain('reconnected')
})

it('a subscriber that the server has refused again and again takes the first call after that', async () => {
  const { redis, server } = fixture
  await redis.call('ACL', 'SETUSER', 'me', 'on', '>secret', '~*', '&*', '+@all')
  const broker = await fixture.open(`redis://me:secret@127.0.0.1:${String(server.port)}/0`)
  await broker.openWorker('q', 'w', () => undefined)
  await redis.call('ACL', 'LOG', 'RESET')

  await redis.call('ACL', 'SETUSER', 'me', 'resetpass', '>other')
  await redis.call('CLIENT', 'KILL', 'USER', 'me')
  const refusals = async (): Promise<number> =>
    ((await redis.call('ACL', 'LOG')) as unknown[][]).reduce((sum, entry) => sum + Number(entry[1]), 0)
  // Of two connections, each with longer pauses in between.
  await until('ten refusals', async () => ((await refusals()) >= 10 ? true : undefined))
  await redis.call('ACL', 'SETUSER', 'me', 'resetpass', '>secret')
  await broker.openWorker('another', 'w', () => undefined)
  expect(await broker.queue('another', [task('a')])).toHaveLength(1)
})
