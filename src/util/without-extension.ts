/** The path of a script without its extension, which is the same before and after compilation. */
export function withoutExtension(path: string): string {
  return path.replace(/\.[cm]?[jt]sx?$/, '')
}
