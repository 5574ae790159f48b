/**
 * A dashboard in a process of its own, and tabs that look at it as browsers do: each is sent the looks, and asks for the charts on screen with
 * each of them. The parent's side is `openTabs`.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { PulsarQueue } from '../../lib/index.js'
import { within } from './within.mjs'

const SELF = fileURLToPath(import.meta.url)
/** Time for all tabs to be sent their first look, ms. */
const PATIENCE = 30_000

/** Starts the process. @returns when each tab has been sent a look: `leave` closes the tabs and leaves the dashboard, `stop` ends it */
export async function openTabs(url, count) {
  const child = fork(SELF, [url, String(count)])
  const answer = async (what) => await within(PATIENCE, what, once(child, 'message'))
  try {
    await answer(`the first look of ${count} tabs`)
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return {
    leave: async () => {
      child.send('leave')
      await answer(`${count} tabs to leave`)
    },
    /** Lets the dashboard stand still, and go on. */
    signal: (signal) => child.kill(signal),
    stop: () => child.kill('SIGKILL'),
  }
}

/** One tab at the overview. @returns when it has been sent a look */
async function openTab(dashboard, signal) {
  const get = async (path) => await dashboard(new globalThis.Request(`http://127.0.0.1/api/v1/${path}`, { signal }))
  const looks = (await get('live')).body.pipeThrough(new globalThis.TextDecoderStream())[Symbol.asyncIterator]()
  const from = String(Date.now() - 3_600_000)
  const look = async () => {
    let text = ''
    while (!text.includes('event: look')) {
      const { done, value } = await looks.next()
      if (done) return false
      text += value
    }
    await (await get(`series?step=1m&from=${from}`)).text()
    return true
  }
  await look()
  void (async () => {
    while (await look());
  })().catch(() => undefined)
}

async function serveTabs([url, count]) {
  const settings = { dataStore: url, parseConsole: false, logLevel: 'error', workers: 0, taskPaths: [] }
  const dashboard = new PulsarQueue(settings).dashboard()
  const viewers = new AbortController()
  process.on('disconnect', () => process.exit())
  process.on('message', () => {
    viewers.abort()
    process.send('left')
  })
  await Promise.all(Array.from({ length: Number(count) }, async () => await openTab(dashboard, viewers.signal)))
  process.send('open')
}

if (process.argv[1] === SELF) await serveTabs(process.argv.slice(2))
