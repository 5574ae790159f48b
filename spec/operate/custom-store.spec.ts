import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Control } from 'pulsar-queue'
import { Broker, defineJob, OperationsStore, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EmbeddedBroker } from '../../lib/stores/embedded/embedded-broker.js'

const any = defineJob({ name: 'custom-store.any' }, () => undefined)

/** The broker of an application that was made before there were places, moves and imports. */
class OwnBroker extends EmbeddedBroker {
  override readonly regardsPlaces = false

  override operations(): ReturnType<EmbeddedBroker['operations']> {
    return new Proxy(super.operations(), {
      get: (store, name): unknown => {
        const from = ['move', 'finishMoves', 'restore'].includes(String(name)) ? OperationsStore.prototype : store
        const member: unknown = Reflect.get(from, name)
        return typeof member === 'function' ? (member.bind(store) as unknown) : member
      },
    })
  }
}

describe('a store of an application', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pq-spec-'))
  const app = new PulsarQueue({ dataStore: `embedded:${directory}`, logLevel: 'silent', parseConsole: false })
  let control: Control

  beforeAll(async () => {
    app.container.register(Broker, { useValue: new OwnBroker(`embedded:${directory}`) })
    const api = await app.api().start()
    control = api.control
    await api.tasks.queue(any, {}, { queue: 'q', delay: '1h', callback: false })
  })
  afterAll(async () => {
    await app.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const kept = expect.objectContaining({ code: 'PQ_NOT_KEPT' }) as unknown

  it('whose broker disregards places gets no act that demands one, and changes nothing', async () => {
    await expect(control.runNow(await control.plan('run-now', 'queue:q'))).rejects.toEqual(kept)
    await expect(control.revoke(await control.plan('revoke', 'queue:q state:delayed'))).rejects.toEqual(kept)
    expect(await control.queue('q')).toMatchObject({ delayed: 1 })
  })

  it('that has no moves and no imports says so', async () => {
    await expect(control.move(await control.plan('move', 'queue:q'), 'slow')).rejects.toEqual(kept)
    const lines: string[] = []
    for await (const line of control.export('queue:q')) lines.push(line)
    await expect(control.import(lines)).rejects.toEqual(kept)
  })

  it('carries out what demands no place', async () => {
    expect(await control.revoke(await control.plan('revoke', 'queue:q'))).toMatchObject({ done: 1 })
  })
})
