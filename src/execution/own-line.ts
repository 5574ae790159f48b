import { fileURLToPath } from 'node:url'
import { packageFile } from '../util/package-files.js'

/**
 * The first line of a stack that is the application's own, as function, file and place. Of the path only the last two parts count, since
 * hosts and releases differ in the others. '': there is none.
 */
export function ownLine(stack: string | undefined): string {
  if (stack === undefined) return ''
  for (const line of stack.split('\n')) {
    const [, name = '', place = ''] = /^\s+at (?:(?:async )?(.*?) \()?([^()]*:\d+:\d+)\)?$/.exec(line) ?? []
    if (place !== '' && isOwn(place)) return `${name} ${shortened(place)}`.trim()
  }
  return ''
}

function isOwn(place: string): boolean {
  if (place.startsWith('node:') || /[\\/]node_modules[\\/]/.test(place)) return false
  return !isOurs(place)
}

/** Whether it is a file of this package, which is linked where it does not lie in node_modules. */
function isOurs(place: string): boolean {
  ourFolder ??= folderOf(packageFile('./'))
  return ourFolder !== '' && place.replace(/^file:\/\//, '').startsWith(ourFolder)
}

/** Looked for once, with the first failure. '': there is none. */
let ourFolder: string | undefined

function folderOf(url: URL | null): string {
  return url === null ? '' : fileURLToPath(url)
}

/** `jobs/mail.js:12:5` of `file:///app/dist/jobs/mail.js?v=2:12:5`. */
function shortened(place: string): string {
  const [, path = '', at = ''] = /^([^?]*).*?(:\d+:\d+)$/.exec(place.replace(/(:\d+:\d+)$/, '?$1')) ?? []
  return path.split(/[\\/]/).slice(-2).join('/') + at
}
