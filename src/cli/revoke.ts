import type { Command } from 'commander'
import { actCommand } from './act-command.js'

/** `pq revoke`: ends tasks as REVOKED. */
export function revokeCommand(): Command {
  return actCommand({
    name: 'revoke',
    description: 'End tasks as REVOKED, whether they wait or run.',
    examples: [['Revoke the tasks of one customer', 'pq revoke args.customer:42 --reason "closed account"']],
    act: async (control, plan, _flags, options) => await control.revoke(plan, options),
  })
}
