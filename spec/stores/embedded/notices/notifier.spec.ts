import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Notifier } from '../../../../lib/stores/embedded/notices/notifier.js'
import { fakeOwnTimers } from '../../../support/own-timers.js'
import { until } from '../../../support/until.js'
import type { Connections } from '../support.js'
import { connect } from '../support.js'

/** The connections and the notifier of one process; two of them in one process share nothing either. */
interface Peer extends Connections {
  readonly notifier: Notifier
}

describe('the notifier', () => {
  let directory: string
  let own: Peer
  let other: Peer

  const open = (): Peer => {
    const connections = connect(directory)
    const notifier = new Notifier(connections.queue, connections.leases, directory)
    return {
      ...connections,
      notifier,
      close: async () => {
        await notifier.close()
        await connections.close()
      },
    }
  }
  /** From here on an interval passes only when the spec says so: a process that is woken was woken by its file. */
  const controlIntervals = (): void => {
    fakeOwnTimers(['setInterval', 'clearInterval'])
  }
  const tell = async (by: Peer, name: string, ...messages: unknown[]): Promise<boolean> =>
    await by.queue.write((afterCommit) => by.notifier.notify('inbox', name, messages, afterCommit))
  const hear = async (by: Peer, name: string): Promise<{ heard: unknown[]; stop: () => Promise<void> }> => {
    const heard: unknown[] = []
    const stop = await by.notifier.listen('inbox', name, {
      receive: (message) => heard.push(message),
      missed: () => heard.push('missed'),
    })
    return { heard, stop }
  }
  const wakeFiles = (): string[] => readdirSync(join(directory, 'wake'))

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pq-notifier-'))
    own = open()
    other = open()
  })
  afterEach(async () => {
    await Promise.all([own.close(), other.close()])
    rmSync(directory, { recursive: true, force: true })
  })

  it('carries messages to this process and to another, in order, whatever they hold', async () => {
    controlIntervals()
    const here = await hear(own, 'here')
    const there = await hear(other, 'there')
    const messages = [1, { bytes: Buffer.from('b'), none: undefined }, 'text']
    expect(await Promise.all([tell(own, 'here', ...messages), tell(own, 'there', ...messages)])).toEqual([true, true])
    await until('the messages', () => (here.heard.length + there.heard.length === 6 ? true : undefined))
    expect(here.heard).toEqual(messages)
    expect(there.heard).toMatchObject([1, { none: undefined }, 'text'])
  })

  it('reports that a name has no receiver, before the first and after the last one', async () => {
    const { heard, stop } = await hear(other, 'name')
    expect(own.notifier.isHeard('inbox', 'name')).toBe(true)
    expect(own.notifier.isHeard('worker', 'name')).toBe(false)
    await stop()
    await stop()
    expect(await tell(own, 'name', 'x')).toBe(false)
    expect(heard).toEqual([])
  })

  it('makes itself known with the first receiver, and leaves nothing behind', async () => {
    expect(wakeFiles()).toEqual([])
    await hear(own, 'name')
    expect(wakeFiles()).toHaveLength(1)
    await own.notifier.close()
    expect(wakeFiles()).toEqual([])
    expect(other.notifier.isHeard('inbox', 'name')).toBe(false)
    expect(other.leases.sql('SELECT * FROM process').all()).toEqual([])
  })

  it('forgets a process that is taken for dead, which makes itself known again and is woken as before', async () => {
    controlIntervals()
    const { heard } = await hear(other, 'name')
    const [before] = wakeFiles()
    await hear(own, 'own')
    // What it has read is deleted by others, so that the numbers are given again.
    await tell(own, 'name', 'one')
    await tell(own, 'name', 'two')
    await until('both', () => (heard.length === 2 ? true : undefined))
    other.leases.sql('UPDATE process SET expires = 0 WHERE name = ?').run(String(before))
    own.leases.sql('UPDATE process SET expires = 0').run()
    await own.notifier.forgetDead()
    // The process that was stopped for long learns of it by its deleted file.
    await until('its return', () => (heard.includes('missed') ? true : undefined))
    expect(await tell(own, 'name', 'again')).toBe(true)
    await until('the message', () => (heard.includes('again') ? true : undefined))
    expect(wakeFiles()).toHaveLength(2)
  })

  it('hears notices that get the numbers of those that it has read and deleted', async () => {
    const { heard } = await hear(other, 'name')
    const numbers = () => other.queue.sql('SELECT seq FROM notice').all() as { seq: number }[]
    for (const round of ['first', 'second', 'third']) {
      await tell(own, 'name', `${round} 1`, `${round} 2`)
      await tell(own, 'name', `${round} 3`)
      await until('the messages', () => (heard.includes(`${round} 3`) ? true : undefined))
      await until('the deletion', () => (numbers().length === 0 ? true : undefined))
    }
    expect(heard).toEqual(
      ['first', 'second', 'third'].flatMap((round) => [1, 2, 3].map((i) => `${round} ${String(i)}`)),
    )
    expect(await tell(own, 'name', 'last')).toBe(true)
    expect(numbers()).toEqual([{ seq: 1 }])
  })

  it('skips a notice that it cannot read, and reports that messages may have been missed', async () => {
    const { heard } = await hear(other, 'name')
    await own.queue.write(() => {
      const sql = own.queue.sql('INSERT INTO notice (process, payload) SELECT process, ? FROM receiver')
      sql.run(Buffer.from('no notice'))
    })
    await tell(own, 'name', 'readable')
    await until('the message', () => (heard.includes('readable') ? true : undefined))
    expect(heard).toEqual(['missed', 'readable'])
  })

  it('outlives a database that fails under its timers, and hears again afterwards', async () => {
    const uncaught: unknown[] = []
    const note = (error: unknown): number => uncaught.push(error)
    process.on('uncaughtException', note).on('unhandledRejection', note)
    onTestFinished(() => {
      process.off('uncaughtException', note).off('unhandledRejection', note)
    })
    controlIntervals()
    const { heard } = await hear(other, 'name')
    own.queue.exec('ALTER TABLE notice RENAME TO gone')
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    onTestFinished(() => {
      emitWarning.mockRestore()
    })
    // The look that comes every quarter of a second, and what it leaves unhandled.
    vi.advanceTimersByTime(250)
    await new Promise((resolve) => setImmediate(resolve))
    expect(emitWarning.mock.calls).toMatchObject([[{ message: 'no such table: notice' }]])
    own.queue.exec('ALTER TABLE gone RENAME TO notice')
    await tell(own, 'name', 'after')
    await until('the message', () => (heard.includes('after') ? true : undefined))
    expect(uncaught).toEqual([])
  })

  it('lets the fault of one receiver be its own, with a warning', async () => {
    const warning = new Promise((resolve) => process.once('warning', resolve))
    await own.notifier.listen('inbox', 'name', {
      receive: () => {
        throw new Error('mine')
      },
    })
    const { heard } = await hear(own, 'name')
    await tell(own, 'name', 'x')
    expect(await warning).toMatchObject({ message: 'mine' })
    expect(heard).toEqual(['x'])
  })
})
