import { Command } from 'commander'
import { generateCommand } from './generate.js'
import { initCommand } from './init.js'
import { jobsCommand } from './jobs.js'
import { packageVersion } from '../util/package-version.js'
import { queueCommand } from './queue.js'
import { ExitCode, reportError } from './report-error.js'
import { startCommand } from './start.js'

const EXAMPLES = `
Examples:
  $ pq init my-app                     a small working project to start from
  $ pq generate --jobs 'src/jobs/**/*.ts' --out src/client.generated.ts
  $ pq start -w 2                      two worker processes, settings from pulsar.config.ts
  $ pq queue addition a=4 b=6 --wait   queue a task and print its result

Exit codes: 0 done, 1 it failed, 2 it was called wrongly.`

/** The command `pq` with all its commands. Nothing of the application is loaded before one of them runs. */
export function createProgram(): Command {
  const program = new Command('pq')
    .description('pulsar-queue: a distributed task queue with typed jobs')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help, also for one command: pq start --help')
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    .showHelpAfterError('(see --help)')
    .exitOverride()
  for (const command of [startCommand(), generateCommand(), queueCommand(), jobsCommand(), initCommand()]) {
    program.addCommand(
      command
        .option('--debug', 'print errors with their stack')
        .showSuggestionAfterError()
        .showHelpAfterError(`(see pq ${command.name()} --help)`)
        .exitOverride(),
    )
  }
  return program
}

/**
 * Runs `pq`.
 *
 * @param argv - the command line, without program and script
 * @returns the exit code: 0 done, 1 failed, 2 called wrongly
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const program = createProgram()
  try {
    if (argv.length === 0) program.help({ error: true })
    await program.parseAsync(argv, { from: 'user' })
    return typeof process.exitCode === 'number' ? process.exitCode : ExitCode.ok
  } catch (error) {
    return reportError(error, argv.includes('--debug'))
  }
}
