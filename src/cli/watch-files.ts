import type { FSWatcher } from 'node:fs'
import { existsSync, watch } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { clearTimeout, setTimeout } from '../util/timers.js'

/** Changes within this time, in ms, count as one, because editors write a file in several steps. */
const SETTLE = 80

/**
 * Runs a task now and after each change of a file, until SIGINT or SIGTERM.
 *
 * @param task - returns the files that it read; null: watch the same files as before
 * @param ignored - absolute path of the file that the task writes
 * @param directories - directories to watch, with all below them
 */
export async function watchFiles(
  task: () => Promise<readonly string[] | null>,
  ignored: string,
  directories: readonly string[],
): Promise<void> {
  const watchers = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  const changed = (directory: string, name: string | null): void => {
    if (
      name !== null &&
      (resolve(join(directory, name)) === ignored ||
        !/\.([cm]?tsx?|json)$/.test(name) ||
        name.includes('.manifest.generated.'))
    )
      return
    clearTimeout(timer)
    timer = setTimeout(() => {
      running = running.then(run)
    }, SETTLE)
  }
  const add = (directory: string, recursive: boolean): void => {
    if (watchers.has(directory) || !existsSync(directory)) return
    watchers.set(
      directory,
      watch(directory, { recursive }, (_, name) => {
        changed(directory, name)
      }),
    )
  }
  const run = async (): Promise<void> => {
    const read = (await task()) ?? []
    for (const file of read) add(dirname(file), false)
  }
  for (const directory of directories) add(directory, true)
  await run()
  await new Promise<void>((end) => {
    process.once('SIGINT', end)
    process.once('SIGTERM', end)
  })
  clearTimeout(timer)
  await running
  for (const watcher of watchers.values()) watcher.close()
}
