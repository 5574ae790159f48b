import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { deadline } from '../../lib/util/deadline.js'
import { orLate } from '../../lib/util/or-late.js'
import { afterArrived } from '../../lib/util/timers.js'
import { blockLoop, inSocketHandler } from '../support/blocked-loop.js'

/** ms */
const TIME = 20

/** Blocks the event loop in a handler of the kind that sockets have. A message arrives while it is blocked. */
function blockUntilArrived(onMessage: () => void, blocked: () => void): void {
  const { port1, port2 } = new MessageChannel()
  port2.once('message', () => {
    onMessage()
    port2.close()
  })
  inSocketHandler(() => {
    blockLoop(2 * TIME)
    port1.postMessage(null)
    blocked()
  })
}

describe('what has arrived while the event loop was blocked', () => {
  it('is read before what is to come after it', async () => {
    const seen: string[] = []
    await new Promise<void>((resolve) => {
      blockUntilArrived(
        () => seen.push('message'),
        () => {
          afterArrived(() => {
            seen.push('after')
            resolve()
          })
        },
      )
    })
    expect(seen).toEqual(['message', 'after'])
  })

  it('clears a deadline that is over by then', async () => {
    const seen: string[] = []
    const waited = deadline(() => seen.push('late'), TIME)
    await new Promise<void>((resolve) => {
      blockUntilArrived(
        () => {
          seen.push('message')
          waited.clear()
        },
        () => deadline(resolve, 2 * TIME),
      )
    })
    expect(seen).toEqual(['message'])
  })

  it('counts as in time', async () => {
    const answer = new Promise<string>((resolve) => {
      blockUntilArrived(
        () => {
          resolve('message')
        },
        () => undefined,
      )
    })
    expect(await orLate(answer, TIME)).toBe('message')
    expect(await orLate(new Promise<string>(() => undefined), 1)).toBe('late')
  })
})
