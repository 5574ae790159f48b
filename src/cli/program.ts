import { Command } from 'commander'
import { dashboardCommand } from './dashboard.js'
import { generateCommand } from './generate.js'
import type { HelpTexts } from './help-texts.js'
import { addHelpTexts } from './help-texts.js'
import { initCommand } from './init.js'
import { jobsCommand } from './jobs.js'
import { packageVersion } from '../util/package-version.js'
import { queueCommand } from './queue.js'
import { ExitCode, reportError } from './report-error.js'
import { startCommand } from './start.js'
import { auditCommand } from './audit.js'
import { doctorCommand } from './doctor.js'
import { dropCommand } from './drop.js'
import { explainCommand } from './explain.js'
import { exportCommand } from './export.js'
import { withMinusTerms } from './filter-words.js'
import { findCommand } from './find.js'
import { importCommand } from './import.js'
import { logsCommand } from './logs.js'
import { lsCommand } from './ls.js'
import { completionCommand } from './completion.js'
import { metricsCommand } from './metrics.js'
import { moveCommand } from './move.js'
import { pauseCommand, resumeCommand } from './pause.js'
import { problemsCommand } from './problems.js'
import { prioritizeCommand } from './prioritize.js'
import { retryCommand } from './retry.js'
import { revokeCommand } from './revoke.js'
import { runNowCommand } from './run-now.js'
import { schedulesCommand } from './schedules.js'
import { showCommand } from './show.js'
import { topCommand } from './top.js'
import { waitCommand } from './wait.js'
import { workersCommand } from './workers.js'

const HELP: HelpTexts = {
  notes: ['pq <command> --help prints the help of a command.'],
  examples: [
    ['Create a small working project', 'pq init my-app'],
    ['Write a typed client of its jobs', "pq generate --jobs 'src/jobs/**/*.ts' --out src/client.generated.ts"],
    ['Run its jobs in two worker processes', 'pq start --workers 2'],
    ['Queue a task and print its result', 'pq queue addition a=4 b=6 --wait'],
    ['See all queues', 'pq ls'],
    ['Say why a task waits', 'pq explain i24ab9q2m0f3k7d100e9p1'],
    ['Look at the queues in a browser', 'pq dashboard --open'],
  ],
  exitCodes:
    '0 success, also where a filter matches nothing, 1 failure, or a task, queue, worker, problem, schedule or job that is named is not there,\n' +
    '2 wrong usage.',
}

function commands(): Command[] {
  return [
    ...[startCommand(), generateCommand(), queueCommand(), jobsCommand(), initCommand()],
    ...[lsCommand(), findCommand(), showCommand(), explainCommand(), logsCommand()],
    ...[retryCommand(), revokeCommand(), runNowCommand(), moveCommand(), prioritizeCommand(), dropCommand()],
    ...[pauseCommand(), resumeCommand(), waitCommand(), workersCommand(), schedulesCommand(), auditCommand()],
    ...[
      exportCommand(),
      importCommand(),
      problemsCommand(),
      doctorCommand(),
      topCommand(),
      dashboardCommand(),
      metricsCommand(),
      completionCommand(),
    ],
  ]
}

/** The command `pq` with all its commands. No part of an application is loaded before a command runs. */
export function createProgram(): Command {
  const program = addHelpTexts(new Command('pq'), HELP)
    .description('Run, queue and inspect the jobs of pulsar-queue.')
    .version(packageVersion(), '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Print this help')
    .helpCommand('help [command]', 'Print the help of a command')
    .showSuggestionAfterError()
    .showHelpAfterError('(see pq --help)')
    .exitOverride()
  for (const command of commands()) {
    program.addCommand(
      command
        .helpOption('-h, --help', 'Print this help')
        .option('--debug', 'Print errors with their stack')
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
 * @param argv - the command line without program and script
 * @returns the exit code: 0 success, 1 failure, 2 wrong usage
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const program = createProgram()
  try {
    if (argv.length === 0) program.help({ error: true })
    if (argv[0] === '__complete') return await printCompletion(program, argv.slice(1))
    await program.parseAsync(unknownCommand(program, argv) ?? withMinusTerms(program, argv), { from: 'user' })
    return typeof process.exitCode === 'number' ? process.exitCode : ExitCode.ok
  } catch (error) {
    return reportError(error, argv.includes('--debug'))
  }
}

/**
 * A command line that names no command, without its wish for help: commander prints the help of `pq` otherwise, and a typo passes
 * unnoticed. Null: it names one, or none at all.
 */
function unknownCommand(program: Command, argv: readonly string[]): [command: string] | null {
  const words = argv.filter((word) => word !== '--help' && word !== '-h')
  const word = words[0] === 'help' ? words[1] : words[0]
  if (word === undefined || word === 'help' || word.startsWith('-')) return null
  return program.commands.some((command) => command.name() === word) ? null : [word]
}

/** For shells, which call it under a name that no help lists. */
async function printCompletion(program: Command, argv: readonly string[]): Promise<number> {
  const { complete } = await import('./complete/complete.js')
  for (const line of await complete(program, argv)) console.log(line)
  // A look that takes too long is not waited for.
  return process.exit(ExitCode.ok)
}
