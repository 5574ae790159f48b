import { Command } from 'commander'
import type { GenerateFlags } from './run-generate.js'
import { generate } from './run-generate.js'

const EXAMPLES = `
Examples:
  $ pq generate --jobs 'src/jobs/**/*.ts' --out src/client.generated.ts
  $ pq generate --jobs 'src/jobs/**/*.ts' --out src/client.generated.ts --check    in CI: fails when the file is stale
  $ pq generate --jobs '../server/src/jobs/**/*.ts' --out src/client.generated.ts --standalone`

/** `pq generate`: writes the typed client of the jobs that it reads. */
export function generateCommand(): Command {
  return new Command('generate')
    .description('write a typed client for jobs written in TypeScript')
    .requiredOption('--jobs <globs...>', 'files with jobs; quote the glob')
    .requiredOption('--out <file>', 'the file to write')
    .option('--check', 'write nothing; fail when the file is not what would be written')
    .option('--watch', 'write again whenever a file that was read changes')
    .option('--standalone', 'print the types out, for use without the job files, in another repository')
    .option('--project <file>', 'tsconfig to read the jobs with (default: the nearest)')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: GenerateFlags) => {
      process.exitCode = await generate(flags)
    })
}
