import { spawn } from 'node:child_process'

const PROGRAMS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', linux: 'xdg-open' }

/** Opens an address in the browser of this machine. Where there is none, the address that was printed serves. */
export function openInBrowser(url: string): void {
  const program = PROGRAMS[process.platform]
  if (program === undefined) return
  const child = spawn(program, [url], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}
