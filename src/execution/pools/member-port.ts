import type { FromMember, OutputStream, ToMember } from './protocol.js'

/** The pool's end of the connection to a worker thread or child process. */
export interface MemberPort {
  /** Name of the member in messages: `thread 3`, `process 4711`. */
  readonly label: string
  /** Sends a message. Does nothing once the member has ended. */
  send(message: ToMember): void
  /** Ends an idle member. */
  end(): void
  /** Ends the member and its runs at once. */
  kill(): void
}

/** The events of a port. */
export interface MemberEvents {
  message(message: FromMember): void
  /** The member has printed text through a pipe. */
  output(stream: OutputStream, text: string): void
  /** The member has ended. This is the last event. `how` is a phrase, such as `ended with SIGSEGV`. */
  ended(how: string): void
}

/** Starts a member. No event comes before this returns. */
export type OpenMember = (events: MemberEvents) => MemberPort
