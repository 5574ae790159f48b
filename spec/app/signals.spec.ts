import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { PulsarQueue } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
const HOST = fileURLToPath(new URL('fixtures/host.mjs', import.meta.url))

/** How many handlers each signal has in this process. */
const handlers = (): number[] => SIGNALS.map((signal) => process.listenerCount(signal))
const inProcess = { dataStore: 'embedded::memory:', workers: 0, parseConsole: false, logLevel: 'silent' } as const

describe('signals', () => {
  it('are left to the host where the app consumes in its process', async () => {
    const before = handlers()
    const app = new PulsarQueue(inProcess)
    await app.start()
    expect(handlers()).toEqual(before)
    await app.close()
  })

  it('are taken with handleSignals until the app is closed', async () => {
    const before = handlers()
    const app = new PulsarQueue({ ...inProcess, handleSignals: true })
    await app.start()
    expect(handlers()).toEqual(before.map((count) => count + 1))
    await app.close()
    expect(handlers()).toEqual(before)
  })

  it('let a host close its app, and then go on', async () => {
    const host = spawn(process.execPath, [HOST], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    // Not `exit`: the pipe may have more to read then.
    const closed = once(host, 'close')
    host.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output === 'ready\n') host.kill('SIGTERM')
    })
    expect(await closed).toEqual([0, null])
    expect(output).toBe('ready\nthe task ended with SUCCESS\nthe host goes on\n')
  })
})
