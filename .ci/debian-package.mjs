/** Fetches programs of Debian for the specs, unpacked below node_modules/.cache. It takes no root, and installs nothing. */
import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const CACHE = fileURLToPath(new URL('../node_modules/.cache', import.meta.url))

export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The first of these programs on the PATH; undefined: none is. */
export function onPath(...names) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((directory) => names.map((name) => join(directory, name)))
    .find(isProgram)
}

/**
 * A program of Debian, as it was fetched before, or fetched now.
 *
 * @param folder - its folder below node_modules/.cache
 * @param packages - names of its packages; their dependencies that the machine lacks come with them
 * @param program - its path in the package
 * @param source - line of another repository than those of the machine
 * @throws an error that says why it could not be fetched
 */
export async function debianProgram(folder, packages, program, source) {
  const target = join(CACHE, folder)
  const start = join(target, 'start')
  if (isProgram(start)) return start
  const work = `${target}.${process.pid}`
  try {
    mkdirSync(work, { recursive: true })
    if (source === undefined) await download(work, packages)
    else await downloadFrom(source, work, packages)
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg', ['-x', join(work, file), join(work, 'root')])
      rmSync(join(work, file))
    }
    writeFileSync(join(work, 'start'), startOf(join(work, 'root'), program), { mode: 0o755 })
    // Another process may have been quicker: then its copy serves.
    if (!existsSync(target)) renameSync(work, target)
    return start
  } catch (error) {
    throw new Error(error.stderr?.toString().trim() || error.message, { cause: error })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** A small script that starts the program with its libraries, which may lie one folder deeper. */
function startOf(root, program) {
  // There are none where the machine has them all.
  const libraries = foldersOf(join(root, 'usr/lib'))
    .filter((name) => name.includes('-linux-'))
    .flatMap((name) => [name, ...foldersOf(join(root, 'usr/lib', name)).map((folder) => `${name}/${folder}`)])
    .map((name) => `"$here/root/usr/lib/${name}"`)
  return `#!/bin/sh\nhere=$(dirname "$0")\nLD_LIBRARY_PATH=${libraries.join(':')} exec "$here/root/${program}" "$@"\n`
}

const foldersOf = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
    : []

/** Downloads the packages, with package lists of our own where the machine has none. */
async function download(work, packages) {
  try {
    await downloadWith([], work, packages)
  } catch {
    await downloadWithLists([], work, packages)
  }
}

/** Downloads the packages from a repository that the machine does not know. Their dependencies are those that it has. */
async function downloadFrom(source, work, packages) {
  const file = join(work, 'sources.list')
  writeFileSync(file, `${source}\n`)
  await downloadWithLists(
    ['-o', `Dir::Etc::SourceList=${file}`, '-o', 'Dir::Etc::SourceParts=/dev/null'],
    work,
    packages,
  )
  rmSync(file)
}

async function downloadWithLists(options, work, packages) {
  const [lists, cache] = [join(work, 'lists'), join(work, 'cache')]
  mkdirSync(join(lists, 'partial'), { recursive: true })
  mkdirSync(join(cache, 'archives/partial'), { recursive: true })
  const own = [...options, '-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${cache}`, '-o', 'APT::Sandbox::User=']
  await run('apt-get', [...own, 'update'], { cwd: work })
  if (options.length === 0) await downloadWith(own, work, packages)
  else await run('apt-get', [...own, 'download', ...packages], { cwd: work })
  for (const folder of [lists, cache]) rmSync(folder, { recursive: true, force: true })
}

async function downloadWith(options, work, packages) {
  const plan = await run('apt-get', [...options, '--simulate', '--no-install-recommends', 'install', ...packages])
  const missing = [...plan.stdout.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name)
  await run('apt-get', [...options, 'download', ...new Set([...packages, ...missing])], { cwd: work })
}
