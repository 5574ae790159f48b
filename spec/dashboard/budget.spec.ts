import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'
import { monitor } from '../support/monitor.js'
import { until } from '../support/until.js'
import { newTask } from '../support/new-task.js'

const QUEUES = 12
/** Time between two looks, s, and how many of them are counted. */
const BEAT = 2
const BEATS = 3

let server: RedisServer
let app: PulsarQueue
let end: () => void
/** What a connection asks an idle server now and then, viewers or not: whether it lives, and its time. */
const OWN = ['ping', 'time']
/** Commands that clients have sent, without those of scripts. */
const sent: string[] = []

beforeAll(async () => {
  server = await startRedisServer()
  app = new PulsarQueue({ dataStore: server.url, workers: 0, logLevel: 'silent', parseConsole: false, taskPaths: [] })
  const api = await app.api().start()
  for (let i = 0; i < QUEUES; i++) await api.broker.queue(`queue-${String(i)}`, [newTask(`t${String(i)}`)])
  end = await monitor(server, ({ args, source }) => {
    const command = args[0]?.toLowerCase() ?? ''
    if (source !== 'lua' && !OWN.includes(command)) sent.push(command)
  })
})
afterAll(async () => {
  end()
  await app.close()
  await server.stop()
})

/** A tab: it is sent the looks, and loads the charts that it shows with each. */
async function tab(dashboard: ReturnType<PulsarQueue['dashboard']>, charts: readonly string[]) {
  const gone = new AbortController()
  const get = async (path: string): Promise<Response> =>
    await dashboard(new Request(`http://127.0.0.1/api/v1/${path}`, { signal: gone.signal }))
  const reader = ((await get('live')).body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
    async beat(): Promise<void> {
      while (!text.includes('event: look')) {
        const { done, value } = await reader.read()
        if (done) return
        text += decoder.decode(value, { stream: true })
      }
      text = text.slice(text.indexOf('event: look') + 11)
      await Promise.all(charts.map(async (chart) => await (await get(chart)).text()))
    },
    leave() {
      gone.abort()
    },
  }
}

/** Commands of some looks, with the charts of the overview and of a queue open. */
async function commandsOf(viewers: number): Promise<{ commands: number; seconds: number }> {
  const dashboard = app.dashboard()
  const from = String(Date.now() - 3_600_000)
  const charts = [`series?step=1m&from=${from}`, `series?step=1m&from=${from}&queue=queue-1`]
  const tabs = await Promise.all(Array.from({ length: viewers }, async () => await tab(dashboard, charts)))
  for (const each of tabs) await each.beat()
  const before = sent.length
  const since = performance.now()
  for (let turn = 0; turn < BEATS; turn++) await Promise.all(tabs.map(async (each) => await each.beat()))
  const commands = sent.length - before
  for (const each of tabs) each.leave()
  return { commands, seconds: Math.max(BEATS * BEAT, (performance.now() - since) / 1_000) }
}

describe('the commands that viewers of the dashboard cost a Redis', () => {
  it('are few, the same for one and for twenty, and none when they have left', async () => {
    const one = await commandsOf(1)
    const many = await commandsOf(20)
    const budget = 5 + 0.5 * QUEUES
    for (const { commands, seconds } of [one, many]) {
      expect(commands).toBeGreaterThan(0)
      expect(commands / seconds).toBeLessThanOrEqual(budget)
    }
    // One more look, and one more round of the charts, which are kept for a few seconds, may fall into what is counted.
    const more = many.commands - (one.commands / one.seconds) * many.seconds
    expect(Math.abs(more)).toBeLessThanOrEqual(2 * (QUEUES + 2))
    // Time is what is meant: a window of a beat and more without a command has begun within five seconds from the last viewer's leaving.
    await until(
      'a beat without a command',
      async () => {
        const before = sent.length
        await new Promise((resolve) => setTimeout(resolve, 1.5 * BEAT * 1_000))
        return sent.length === before ? true : undefined
      },
      9_500,
    )
  })
})
