import type { FromMember, OutputStream, ToMember } from './protocol.js'

/** One worker thread or child process, as its pool sees it. */
export interface MemberPort {
  /** For messages: `thread 3`, `process 4711`. */
  readonly label: string
  /** Does nothing once it has ended. */
  send(message: ToMember): void
  /** Lets an idle one go. */
  end(): void
  /** Ends it at once, whatever it does. */
  kill(): void
}

/** What a port tells its pool. */
export interface MemberEvents {
  message(message: FromMember): void
  /** Something that a member printed through a pipe. */
  output(stream: OutputStream, text: string): void
  /** It is gone: the last event. `how` is a phrase, such as `ended with SIGSEGV`. */
  ended(how: string): void
}

/** Starts a member. Its events come later, never before this returns. */
export type OpenMember = (events: MemberEvents) => MemberPort
