import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { Command } from 'commander'
import { projectFiles } from './init-files.js'
import { packageVersion } from '../util/package-version.js'
import { UsageError } from './report-error.js'

/** `pq init`: writes a small working project. */
export function initCommand(): Command {
  return new Command('init')
    .description('write a small working project in TypeScript')
    .argument('[directory]', 'where; made if it is not there', '.')
    .addHelpText('after', '\nIt never overwrites a file.\n\nExample:\n  $ pq init my-app')
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
