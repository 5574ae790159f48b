import { fork } from 'node:child_process'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { MemberEvents, OpenMember } from './member-port.js'
import type { MemberMark, MemberProgram } from './member-program.js'
import { MEMBER_ENV } from './member-program.js'
import type { FromMember, OutputStream, ToMember, Written } from './protocol.js'

/** Time that a child which was told to end gets before it is killed, ms. */
const END_LIMIT = 2_000
/** Time that the output of a child gets to arrive after its end, ms. */
const OUTPUT_LIMIT = 1_000

/**
 * Starts child processes. The output of a job comes through pipes, also from code that knows nothing of Node. The end of a
 * run is passed on when all of its output has come.
 */
export function childPorts(program: MemberProgram): OpenMember {
  return (events) => {
    const child = fork(program.file, program.argv, {
      env: { ...process.env, [MEMBER_ENV]: '1' },
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const label = `process ${String(child.pid ?? 0)}`
    const output = new ChildOutput(child.stdout, child.stderr, events)
    let failure = ''
    child.on('message', (message: FromMember) => {
      output.pass(message)
    })
    child.on('error', (error) => {
      failure = error.message
    })
    // A process that the child has left behind may hold the pipes open for as long as it lives.
    child.once('exit', () => {
      setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
      }, OUTPUT_LIMIT).unref()
    })
    // `close` comes when the pipes are empty, also for a child that never started.
    child.once('close', (code, signal) => {
      output.end()
      events.ended(failure === '' ? `ended with ${signal ?? `code ${String(code)}`}` : `ended: ${failure}`)
    })
    const mark: MemberMark = { pulsarQueueMember: 'process', data: program.data }
    child.send(mark)
    return {
      label,
      send(message) {
        if (child.connected) child.send(message)
      },
      end() {
        // Not `disconnect()`: a child with pipes whose parent disconnects never emits `close`.
        if (child.connected) child.send({ kind: 'end' } satisfies ToMember)
        const timer = setTimeout(() => child.kill('SIGKILL'), END_LIMIT)
        child.once('exit', () => {
          clearTimeout(timer)
        })
      },
      kill() {
        child.kill('SIGKILL')
      },
    }
  }
}

/** Keeps the messages of a child in order with its output. */
class ChildOutput {
  readonly #read = { stdout: 0, stderr: 0 }
  #held: FromMember[] = []

  constructor(
    stdout: Readable | null,
    stderr: Readable | null,
    private readonly events: MemberEvents,
  ) {
    this.#follow('stdout', stdout)
    this.#follow('stderr', stderr)
  }

  /** Passes a message on, after the output that came before it. */
  pass(message: FromMember): void {
    if (this.#held.length > 0 || !this.#isRead(message)) this.#held.push(message)
    else this.events.message(message)
  }

  /** Passes on the rest: no more output comes. */
  end(): void {
    for (const message of this.#held.splice(0)) this.events.message(message)
  }

  #follow(stream: OutputStream, pipe: Readable | null): void {
    const decoder = new StringDecoder('utf8')
    pipe?.on('data', (chunk: Buffer) => {
      this.#read[stream] += chunk.length
      this.events.output(stream, decoder.write(chunk))
      this.#release()
    })
  }

  #release(): void {
    const [first] = this.#held
    if (first === undefined || !this.#isRead(first)) return
    this.#held.shift()
    this.events.message(first)
    this.#release()
  }

  #isRead(message: FromMember): boolean {
    const written: Written | undefined = 'written' in message ? message.written : undefined
    if (written === undefined) return true
    return this.#read.stdout >= written.stdout && this.#read.stderr >= written.stderr
  }
}
