import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { MemberEvents, OpenMember } from './member-port.js'
import type { MemberMark, MemberProgram } from './member-program.js'
import { MEMBER_ENV } from './member-program.js'
import { isMemberMessage } from './is-member-message.js'
import type { FromMember, OutputStream, ToMember, Written } from './protocol.js'
import { clearTimeout, setTimeout } from '../../util/timers.js'
import { forkScript } from '../../util/fork-script.js'

/** Time between telling a child to end and killing it, ms. */
const END_LIMIT = 2_000
/** Longest wait for the rest of the output after the end of a child, ms. */
const OUTPUT_LIMIT = 1_000

/**
 * Starts child processes. The output of jobs comes through pipes, so that the output of native code is captured, too. The end
 * of a run is passed on only after all of its output.
 */
export function childPorts(program: MemberProgram): OpenMember {
  return (events) => {
    const child = forkScript(program.file, program.argv, {
      env: { ...process.env, [MEMBER_ENV]: '1' },
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const label = `process ${String(child.pid ?? 0)}`
    const output = new ChildOutput(child.stdout, child.stderr, events)
    let failure = ''
    child.on('message', (message: unknown) => {
      if (isMemberMessage(message)) output.pass(message)
    })
    child.on('error', (error) => {
      failure = error.message
    })
    // A process that the child has started may outlive it and keep the pipes open, so the wait for `close` is bounded.
    child.once('exit', () => {
      setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
      }, OUTPUT_LIMIT).unref()
    })
    // `close` is emitted when the pipes are empty. It is emitted even for a child that could not be started.
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

/** Keeps the messages of a child in order with its output, which comes by another pipe. */
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

  /** Passes a message on after the output that the child wrote before it. */
  pass(message: FromMember): void {
    if (this.#held.length > 0 || !this.#isRead(message)) this.#held.push(message)
    else this.events.message(message)
  }

  /** Passes on the messages that are left, when no more output can come. */
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
