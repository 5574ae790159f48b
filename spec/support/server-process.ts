import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A server program that a spec runs as a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly process: ChildProcess
  readonly pid: number
  /** All output so far. */
  output(): string
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | string>
  /** Ends the process by a signal, and resolves as `exited` does. */
  kill(signal: NodeJS.Signals): Promise<number | string>
}

/** Starts a Node program and resolves when it has written `ready`. Rejects with its output when it ends before. */
export async function startServer(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [script, ...args], {
    // The programs of specs own their process, also with `workers: 0`.
    env: { ...process.env, PULSAR_HANDLE_SIGNALS: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const exited = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | string)
  const ready = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      if (/^ready$/m.test(output)) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void exited.then((how) => {
      reject(new Error(`${script} ended with ${String(how)} before it was ready:\n${output}`))
    })
  })
  await ready
  const kill = async (signal: NodeJS.Signals): Promise<number | string> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    return await exited
  }
  return {
    process: child,
    pid: child.pid ?? 0,
    output: () => output,
    exited,
    kill,
    async [Symbol.asyncDispose]() {
      await kill('SIGKILL')
    },
  }
}

/** The servers that a spec starts on its store, each with a lease of a second. */
export class Servers {
  readonly #started: ServerProcess[] = []

  /** @param script - path of a program that passes its arguments to `app.start()` and prints `ready` */
  constructor(private readonly script: string) {}

  /** Starts one more server. Of a setting that `args` has, too, that counts. */
  async start(
    storeUrl: string,
    env: Readonly<Record<string, string>> = {},
    args: readonly string[] = [],
  ): Promise<ServerProcess> {
    const settings = ['--data-store', storeUrl, '--workers', '0', '--log-level', 'warn', '--lease-ttl', '1s']
    const server = await startServer(this.script, [...settings, ...args], env)
    this.#started.push(server)
    return server
  }

  /** Kills those that still run. */
  async kill(): Promise<void> {
    for (const server of this.#started.splice(0)) await server.kill('SIGKILL')
  }
}
