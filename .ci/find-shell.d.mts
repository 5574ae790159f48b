/** A shell: its program, and the folder that it was unpacked to; null: it is installed. */
export function findShell(name: 'zsh' | 'fish'): Promise<{ readonly path: string; readonly root: string | null }>
/** The folders of the functions of a fetched zsh, and the one of its modules. */
export function zshFolders(root: string): { readonly functions: readonly string[]; readonly modules: string }
