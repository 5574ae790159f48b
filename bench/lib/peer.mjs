/** The parent's side of a peer's process. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('./peer-process.mjs', import.meta.url))
/** Characters of a peer's stderr that an error quotes: the last ones. */
const QUOTED = 4_000

export class PeerProcess {
  /** Resolves when the process can act. Rejects when it ends before that. */
  ready
  /** Rejects when the process ends without having been closed: with how it ended, and with its stderr. */
  died
  #child
  #closed
  #stderr = ''
  #isClosing = false

  /** Starts a producer or a worker. */
  constructor(peer, role, settings) {
    const child = fork(PROGRAM, [peer, role, JSON.stringify(settings)], { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      process.stderr.write(text)
      this.#stderr = (this.#stderr + text).slice(-QUOTED)
    })
    // A message to a process that has just ended. The end itself is seen below.
    child.on('error', () => undefined)
    this.#child = child
    // Not `exit`: what the process has written last may still be on its way then.
    this.#closed = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? `code ${code}`)))
    this.died = this.#closed.then((how) => {
      if (this.#isClosing) return new Promise(() => undefined)
      throw new Error(`the ${role} of ${peer} ended with ${how}: ${this.#stderr.trim() || 'it wrote nothing to stderr'}`)
    })
    this.died.catch(() => undefined)
    this.ready = Promise.race([once(child, 'message'), this.died])
    this.ready.catch(() => undefined)
  }

  /** Lets it act. @returns its answer, the CPU time that it took meanwhile, and all that it has taken so far, s */
  async act(act, options) {
    const answer = once(this.#child, 'message')
    this.#child.send({ act, options })
    const [{ error, result, cpu, cpuSoFar }] = await Promise.race([answer, this.died])
    if (error) throw new Error(error)
    return { result, cpu, cpuSoFar }
  }

  /** Lets it close what it has opened, and end. */
  async close() {
    await this.act('close')
    this.#isClosing = true
    // Some leave a timer behind.
    const late = setTimeout(() => this.#child.kill(), 2_000)
    await this.#closed
    clearTimeout(late)
  }

  /** Ends it at once, whatever it does. */
  async kill() {
    this.#isClosing = true
    this.#child.kill('SIGKILL')
    await this.#closed
  }
}
