/** A text as one word of a POSIX shell: in quotes, where it has anything that a shell does not leave alone. */
export function shellWord(text: string): string {
  // A ~ inside a word is no home directory.
  return /^(?:[\w@%+=:,./-]|(?<=\w)~)+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
