import { readFileSync } from 'node:fs'

/**
 * The text of a script, or of a part of scripts. The build replaces this module by one that contains all texts, so that
 * nothing is read and bundlers need no files.
 *
 * @param path - below `stores/redis`, without extension
 */
export function scriptFile(path: string): string {
  return readFileSync(new URL(`../${path}.lua`, import.meta.url), 'utf8')
}
