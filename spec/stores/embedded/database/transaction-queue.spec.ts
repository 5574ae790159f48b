import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ClosedError } from '../../../../lib/errors.js'
import type { DatabaseConnection } from '../../../../lib/stores/embedded/database/database-connection.js'
import { BeginAnew } from '../../../../lib/stores/embedded/database/transaction-queue.js'
import type { Connections } from '../support.js'
import { connect } from '../support.js'

describe('the transaction queue of a database', () => {
  let directory: string
  let own: Connections
  let other: Connections

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pq-transactions-'))
    own = connect(directory)
    other = connect(directory)
  })
  afterEach(async () => {
    await Promise.all([own.close(), other.close()])
    rmSync(directory, { recursive: true, force: true })
  })

  const add = (id: string, db: DatabaseConnection = own.queue): void => {
    db.sql('INSERT INTO operation (id, answer, at) VALUES (?, 0, 0)').run(id)
  }
  const ids = (db: DatabaseConnection): string[] =>
    (db.sql('SELECT id FROM operation ORDER BY id').all() as { id: string }[]).map(({ id }) => id)
  /** How often anyone else has committed, as `db` sees it. */
  const version = (db: DatabaseConnection): number =>
    (db.sql('PRAGMA data_version').get() as { data_version: number }).data_version

  it('answers with what a write returns, once others see it', async () => {
    const answer = await own.queue.write(() => {
      add('a')
      return 'answer'
    })
    expect(answer).toBe('answer')
    expect(ids(other.queue)).toEqual(['a'])
  })

  it('puts all writes of one turn into one transaction', async () => {
    let duringSecond: string[] = []
    await Promise.all([
      own.queue.write(() => {
        add('a')
      }),
      own.queue.write(() => {
        add('b')
        duringSecond = ids(other.queue)
      }),
    ])
    expect(duringSecond).toEqual([])
    expect(ids(other.queue)).toEqual(['a', 'b'])
  })

  it('undoes a write that throws, and only that one', async () => {
    const outcomes = await Promise.allSettled([
      own.queue.write(() => {
        add('a')
      }),
      own.queue.write(() => {
        add('b')
        throw new Error('no')
      }),
      own.queue.write(() => {
        add('c')
      }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(ids(other.queue)).toEqual(['a', 'c'])
  })

  it('gives the writes of one turn savepoints only where one of them throws', async () => {
    const exec = vi.spyOn(own.queue, 'exec')
    const write = (id: string, error?: Error): Promise<void> =>
      own.queue.write(() => {
        add(id)
        if (error) throw error
      })
    await Promise.all([write('a'), write('b'), write('c')])
    expect(exec).not.toHaveBeenCalled()
    await Promise.allSettled([write('d'), write('e', new Error('no')), write('f')])
    expect(exec).toHaveBeenCalledWith('SAVEPOINT own')
    expect(ids(other.queue)).toEqual(['a', 'b', 'c', 'd', 'f'])
  })

  it('keeps the order of the writes where one throws that begins anew', async () => {
    let tries = 0
    const seen: string[][] = []
    const outcomes = await Promise.allSettled([
      own.queue.write(() => {
        add('a')
      }),
      own.queue.write(() => {
        seen.push(ids(own.queue))
        add('b')
        // The first time it shares the transaction, the second time it has a savepoint.
        if (++tries < 3) throw new BeginAnew()
      }),
      own.queue.write(() => {
        seen.push(ids(own.queue))
      }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    expect(seen).toEqual([['a'], ['a'], ['a'], ['a', 'b']])
  })

  it('undoes a lone write that throws, and goes on', async () => {
    const failed = own.queue.write(() => {
      add('a')
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    await own.queue.write(() => {
      add('b')
    })
    expect(ids(other.queue)).toEqual(['b'])
  })

  it('runs what follows a commit after it, and nothing of a write that was undone', async () => {
    const seen: string[][] = []
    await Promise.allSettled([
      own.queue.write((afterCommit) => {
        add('a')
        afterCommit(() => seen.push(ids(other.queue)))
      }),
      own.queue.write((afterCommit) => {
        afterCommit(() => seen.push(['never']))
        throw new Error('no')
      }),
    ])
    expect(seen).toEqual([['a']])
  })

  it('waits for the write of another process without blocking the loop, and runs then', async () => {
    other.queue.exec('BEGIN IMMEDIATE')
    let isWritten = false
    const waiting = own.queue.write(() => {
      add('own')
      isWritten = true
    })
    // Turns of the loop go by meanwhile: it tries, and pauses.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(isWritten).toBe(false)
    add('other', other.queue)
    other.queue.exec('COMMIT')
    await waiting
    expect(ids(own.queue)).toEqual(['other', 'own'])
  })

  it('takes no more writes in when a transaction has lasted long, and runs the others in the next', async () => {
    const busyFor = (ms: number): void => {
      for (const since = performance.now(); performance.now() - since < ms;);
    }
    let seenBySecond: string[] = []
    await Promise.all([
      own.queue.write(() => {
        add('a')
        busyFor(25)
      }),
      own.queue.write(() => {
        seenBySecond = ids(other.queue)
      }),
    ])
    expect(seenBySecond).toEqual(['a'])
  })

  it('writes nothing for a read', async () => {
    const before = version(other.queue)
    expect(await own.queue.read(() => ids(own.queue))).toEqual([])
    expect(version(other.queue)).toBe(before)
  })

  it('lets a read see the writes that were called before it, and not those that are called after it', async () => {
    const seen = await Promise.all([
      own.queue.read(() => ids(own.queue)),
      own.queue.write(() => {
        add('a')
      }),
      own.queue.read(() => ids(own.queue)),
      own.queue.write(() => {
        add('b')
      }),
      own.queue.read(() => ids(own.queue)),
    ])
    expect(seen).toEqual([[], undefined, ['a'], undefined, ['a', 'b']])
  })

  it('undoes nothing where a read throws, and reads where the writes before it cannot be committed', async () => {
    const written = own.queue.write(() => {
      add('a')
    })
    const failed = own.queue.read(() => {
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    await written
    other.queue.exec('BEGIN IMMEDIATE')
    own.queue.timeout = 20
    const refused = own.queue.write(() => {
      add('b')
    })
    const read = own.queue.read(() => ids(own.queue))
    await expect(refused).rejects.toMatchObject({ code: 'PQ_BROKER_UNREACHABLE' })
    expect(await read).toEqual(['a'])
    other.queue.exec('ROLLBACK')
  })

  it('rejects what waits when it is closed, and what comes after that', async () => {
    const waiting = expect(own.queue.write(() => undefined)).rejects.toThrow(ClosedError)
    await own.close()
    await waiting
    await expect(own.queue.write(() => undefined)).rejects.toThrow(ClosedError)
    await expect(own.queue.read(() => undefined)).rejects.toThrow(ClosedError)
    expect(() => own.queue.sql('SELECT 1')).toThrow(ClosedError)
  })
})
