import type { Command } from 'commander'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { counted } from '../util/count-of.js'
import { printTable } from './table.js'
import { wholeOf } from './whole-of.js'

/** `pq audit`: lists the acts of operators. */
export function auditCommand(): Command {
  return operatorCommand('audit', 'List what operators have done, the latest first.', {
    examples: [['The last ten acts', 'pq audit --limit 10']],
    exitCodes: '0 success, 1 failure, 2 wrong usage.',
  })
    .option('--limit <n>', 'Most acts that are listed (default: 50)')
    .action(async (flags: OperatorFlags & { readonly limit?: string }) => {
      const limit = wholeOf('--limit', flags.limit) ?? 50
      const acts = await withControl(flags, async (control) => await control.audit({ limit }))
      if (flags.json === true) for (const act of acts) printJson('audit', act)
      else {
        const rows = acts.map(({ at, by, from, act, target, done, skipped, reason }) => [
          new Date(at).toISOString(),
          `${by} (${from})`,
          act,
          target,
          `${counted(done)} done, ${counted(skipped)} skipped`,
          reason ?? '',
        ])
        printTable(['AT', 'BY', 'ACT', 'ON', 'TASKS', 'REASON'], rows)
      }
    })
}
