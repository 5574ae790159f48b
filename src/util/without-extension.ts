/** @returns the path of a script without its extension: the same before and after compilation */
export function withoutExtension(path: string): string {
  return path.replace(/\.[cm]?[jt]sx?$/, '')
}
