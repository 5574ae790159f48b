import { expect, it } from 'vitest'
import { until } from '../../support/until.js'
import { useFixture } from './fixture.js'

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
