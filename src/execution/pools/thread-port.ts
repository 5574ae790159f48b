import { Worker as Thread } from 'node:worker_threads'
import { errorMessage } from '../../util/thrown.js'
import type { OpenMember } from './member-port.js'
import type { MemberMark, MemberProgram } from './member-program.js'
import type { FromMember } from './protocol.js'

/** Starts worker threads. The output of a job comes as messages. */
export function threadPorts(program: MemberProgram): OpenMember {
  return (events) => {
    const mark: MemberMark = { pulsarQueueMember: 'thread', data: program.data }
    const thread = new Thread(program.file, { argv: [...program.argv], workerData: mark, name: 'pq-jobs' })
    const label = `thread ${String(thread.threadId)}`
    let failure = ''
    thread.on('message', (message: FromMember) => {
      events.message(message)
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
