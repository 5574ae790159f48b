import { Worker as Thread } from 'node:worker_threads'
import { errorMessage } from '../../util/thrown.js'
import type { OpenMember } from './member-port.js'
import type { MemberMark, MemberProgram } from './member-program.js'
import { isMemberMessage } from './is-member-message.js'

/** Starts worker threads. The output of a job comes as messages. */
export function threadPorts(program: MemberProgram): OpenMember {
  return (events) => {
    const mark: MemberMark = { pulsarQueueMember: 'thread', data: program.data }
    const thread = new Thread(program.file, { argv: [...program.argv], workerData: mark, name: 'pq-jobs' })
    const label = `thread ${String(thread.threadId)}`
    let failure = ''
    // A job may use the connection, too.
    thread.on('message', (message: unknown) => {
      if (isMemberMessage(message)) events.message(message)
    })
    // What the message was about is unknown, and whoever waits for it would wait for ever.
    thread.on('messageerror', (error) => {
      failure = `a message of it cannot be read: ${errorMessage(error)}`
      void thread.terminate()
    })
    // A thread may throw anything.
    thread.on('error', (error: unknown) => {
      failure = errorMessage(error)
    })
    thread.once('exit', (code) => {
      events.ended(failure === '' ? `ended with code ${String(code)}` : `ended: ${failure}`)
    })
    const end = (): void => {
      void thread.terminate()
    }
    return {
      label,
      send(message) {
        thread.postMessage(message)
      },
      end,
      kill: end,
    }
  }
}
