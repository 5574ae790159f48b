import type { FromMember } from './protocol.js'

/** Whether a message comes from a member's port. Code of a job may use the connection of its thread or process, too. */
export function isMemberMessage(message: unknown): message is FromMember {
  return typeof message === 'object' && message !== null && 'kind' in message
}
