import type { Command } from 'commander'
import type { Duration } from '../model/duration.js'
import { toMilliseconds } from '../model/duration.js'
import { pause, performance } from '../util/timers.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { ProgressLine } from './progress-line.js'
import { counted } from '../util/count-of.js'
import { printable } from './printable.js'
import { ExitCode } from './report-error.js'

/** Time between two looks, ms. */
const LOOK_EVERY = 500

interface WaitFlags extends OperatorFlags {
  readonly empty: string
  readonly timeout?: string
}

/** `pq wait`: waits until a queue is empty. */
export function waitCommand(): Command {
  return operatorCommand('wait', 'Wait until a queue is empty: nothing is ready, delayed or running.', {
    examples: [['Before a deployment', 'pq wait --empty mail --timeout 5m']],
    exitCodes: '0 it is empty, 1 failure or not in time, 2 wrong usage.',
  })
    .requiredOption('--empty <queue>', 'Name of the queue')
    .option('--timeout <duration>', 'Longest wait, such as 5m (default: no limit)')
    .action(wait)
}

async function wait(flags: WaitFlags): Promise<void> {
  const given = flags.timeout
  const duration = given !== undefined && /^\d+(\.\d+)?$/.test(given) ? Number(given) : (given as Duration | undefined)
  const timeout = duration === undefined ? Infinity : toMilliseconds(duration, '--timeout')
  const line = new ProgressLine()
  await withControl(flags, async (control, api) => {
    if (!(await api.broker.queues()).includes(flags.empty))
      console.error(`no queue is named ${printable(flags.empty)}: it counts as empty`)
    const since = performance.now()
    for (;;) {
      const { ready, delayed, held } = await control.queue(flags.empty)
      const isEmpty = ready + delayed + held === 0
      if (isEmpty || performance.now() - since >= timeout) {
        line.end()
        if (flags.json === true) printJson('wait', { queue: flags.empty, ready, delayed, held })
        else
          console.log(
            `${printable(flags.empty)}: ${counted(ready)} ready, ${counted(delayed)} delayed, ${counted(held)} running`,
          )
        if (!isEmpty) process.exitCode = ExitCode.failure
        return
      }
      line.show(`${counted(ready)} ready, ${counted(delayed)} delayed, ${counted(held)} running`)
      await pause(LOOK_EVERY)
    }
  })
}
