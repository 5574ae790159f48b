/** The parent's side of a peer's process. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('./peer-process.mjs', import.meta.url))

export class PeerProcess {
  #child

  constructor(child) {
    this.#child = child
  }

  /** Starts a producer or a worker. Resolves when it is ready. */
  static async start(peer, role, settings) {
    const child = fork(PROGRAM, [peer, role, JSON.stringify(settings)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the ${role} of ${peer} ended with ${String(code)}`)
    })
    ended.catch(() => undefined)
    await Promise.race([once(child, 'message'), ended])
    return new PeerProcess(child)
  }

  /** Lets it act. @returns its answer, and the CPU time that it took meanwhile, s */
  async act(act, options) {
    this.#child.send({ act, options })
    const [{ error, result, cpu, cpuSoFar }] = await once(this.#child, 'message')
    if (error) throw new Error(error)
    return { result, cpu, cpuSoFar: (cpuSoFar.user + cpuSoFar.system) / 1e6 }
  }

  async close() {
    const exited = once(this.#child, 'exit')
    await this.act('close')
    // Some leave a timer behind.
    const late = setTimeout(() => this.#child.kill(), 2_000)
    await exited
    clearTimeout(late)
  }
}
