/** The parent's side of a peer's process. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { within } from './within.mjs'

const PROGRAM = fileURLToPath(new URL('./peer-process.mjs', import.meta.url))
/** Time for an answer where the caller names none, ms. */
const PATIENCE = 150_000

export class PeerProcess {
  /** Rejects, with what the process has written to stderr, when it ends before it is told to. */
  died
  #child
  /** Rejects when the process ends. */
  #closed
  #label
  #stderr = ''
  #isStopped = false

  constructor(peer, role) {
    this.#label = `the ${role} of ${peer}`
    this.#child = fork(PROGRAM, [peer, role], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    this.#child.stderr.on('data', (chunk) => (this.#stderr = (this.#stderr + chunk).slice(-4_000)))
    // A message to a process that has ended: `died` tells of that.
    this.#child.on('error', () => undefined)
    // 'close' comes after the last of stderr.
    this.#closed = once(this.#child, 'close').then(([code, signal]) => {
      throw new Error(`${this.#label} ended with ${code ?? signal}`)
    })
    this.died = this.#closed.catch((error) => {
      if (!this.#isStopped) throw error
      return new Promise(() => undefined)
    })
    this.died.catch(() => undefined)
  }

  /** What the process has written to stderr, for an error; '' for nothing. */
  get complaint() {
    return this.#stderr === '' ? '' : `${this.#label} wrote:\n${this.#stderr}`
  }

  /** Loads the peer's modules, so that nothing of that falls into a measurement. */
  async load() {
    await this.#answer('load', 60_000)
  }

  /** Connects a producer, or lets a worker begin. */
  async open(settings) {
    await this.act('open', settings, 60_000)
  }

  /** Lets it act. @returns its answer, and the CPU time that it took meanwhile, s */
  async act(act, options, patience = PATIENCE) {
    this.#child.send({ act, options })
    return await this.#answer(act, patience)
  }

  /** Lets it stand still, and go on. */
  signal(signal) {
    this.#child.kill(signal)
  }

  /** Ends it at once. What it leaves behind goes with its store. */
  async kill() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#isStopped = true
    this.#child.kill('SIGKILL')
    await this.#closed.catch(() => undefined)
  }

  async #answer(act, patience) {
    const heard = new AbortController()
    try {
      const answer = once(this.#child, 'message', { signal: heard.signal })
      const [{ error, ...rest }] = await within(patience, `${this.#label} to ${act}`, Promise.race([answer, this.#closed]))
      if (error) throw new Error(error)
      return rest
    } finally {
      heard.abort()
    }
  }
}
