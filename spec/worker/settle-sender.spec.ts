import { BrokerUnreachableError } from 'pulsar-queue'
import { expect, it } from 'vitest'
import type { Broker } from '../../lib/stores/broker.js'
import type { SettleCall } from '../../lib/worker/settle-sender.js'
import { SettleSender } from '../../lib/worker/settle-sender.js'
import { KeptLogger } from '../support/kept-logger.js'

it('calls of one queue that are sent again side by side are told of once, and once more when the last is answered', async () => {
  const logger = new KeptLogger()
  let isAway = true
  const settle = async (): Promise<unknown> =>
    isAway
      ? await Promise.reject(new BrokerUnreachableError('redis://there', 10_000))
      : await Promise.resolve({ tasks: [] })
  const failing = new Set<SettleCall>()
  const senders = [0, 1].map(
    () => new SettleSender({ logger, broker: { settle } as unknown as Broker }, { id: 'w' }, failing),
  )
  const calls = senders.map(async (sender, lane) => {
    await sender.send({ call: { queue: 'q', worker: 'w', lane, seq: 1 }, batch: [], max: 1 })
  })
  await new Promise((resolve) => setTimeout(resolve, 300))
  isAway = false
  await Promise.all(calls)
  const told = logger.lines.filter(({ level }) => level !== 'debug')
  expect(told.map(({ level }) => level)).toEqual(['warn', 'info'])
  expect(told[1]?.message).toBe('queue q: the store accepts settlements again')
})
