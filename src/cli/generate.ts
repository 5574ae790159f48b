import { Command } from 'commander'
import type { HelpTexts } from './help-texts.js'
import { addHelpTexts } from './help-texts.js'
import type { GenerateFlags } from './run-generate.js'
import { generate } from './run-generate.js'

const HELP: HelpTexts = {
  notes: ['A job is an exported class with @Job(), or an exported value that defineJob returns.'],
  examples: [
    ['Write the client', "pq generate --jobs 'src/jobs/**/*.ts' --out src/client.generated.ts"],
    [
      'In CI: fail when the client is stale',
      "pq generate --jobs 'src/jobs/**/*.ts' --out src/client.generated.ts --check",
    ],
    [
      'Write a client for another repository',
      "pq generate --jobs 'src/jobs/**/*.ts' --out ../web/client.generated.ts --standalone",
    ],
  ],
  exitCodes: '0 success, 1 a job has a problem or the file is stale, 2 wrong usage or no jobs found.',
}

/** `pq generate`: writes the typed client of jobs. */
export function generateCommand(): Command {
  return addHelpTexts(new Command('generate'), HELP)
    .description('Write a typed client for jobs that are written in TypeScript.')
    .usage('--jobs <globs...> --out <file> [options]')
    .requiredOption('--jobs <globs...>', 'Files that define jobs; quote globs, so that the shell leaves them alone')
    .requiredOption('--out <file>', 'File to write')
    .option('--check', 'Write nothing, and fail if the file is stale')
    .option('--watch', 'Write the file again whenever a job changes')
    .option('--standalone', 'Copy the types into the file instead of importing them, for use without the job files')
    .option('--project <file>', 'tsconfig.json that the jobs are read with (default: the nearest)')
    .action(async (flags: GenerateFlags) => {
      process.exitCode = await generate(flags)
    })
}
