import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { Command } from 'commander'
import { projectFiles } from './init-files.js'
import { packageVersion } from '../util/package-version.js'
import type { HelpTexts } from './help-texts.js'
import { addHelpTexts } from './help-texts.js'
import { UsageError } from './report-error.js'

const HELP: HelpTexts = {
  notes: ['No file is ever overwritten.'],
  examples: [['Create a project in the directory my-app', 'pq init my-app']],
  exitCodes: '0 success, 1 failure, 2 a file would be overwritten.',
}

/** `pq init`: creates a small working project. */
export function initCommand(): Command {
  return addHelpTexts(new Command('init'), HELP)
    .description('Create a small working project in TypeScript.')
    .argument('[directory]', 'Directory of the project, created if it does not exist', '.')
    .action(init)
}

async function init(directory: string): Promise<void> {
  const target = resolve(directory)
  const files = projectFiles(basename(target), packageVersion())
  const taken = Object.keys(files).filter((path) => existsSync(join(target, path)))
  if (taken.length > 0)
    throw new UsageError(`nothing was written: ${taken.join(', ')} would be overwritten in ${target}`)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(target, path)), { recursive: true })
    await writeFile(join(target, path), content)
    console.log(`  ${join(directory, path)}`)
  }
  const enter = target === process.cwd() ? '' : `  cd ${relative(process.cwd(), target)}\n`
  console.log(
    `\nNext:\n${enter}  npm install\n  npm start        # a server; leave it running\n  npm run queue    # in another terminal`,
  )
}
