import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** The part of prettier that is used. */
interface Prettier {
  format(source: string, options: object): Promise<string>
  resolveConfig(file: string, options: { readonly editorconfig: boolean }): Promise<object | null>
}

/**
 * Formats a file as the project's own prettier would, so that its check of the project passes.
 *
 * @param file - absolute path of the file
 * @returns the text as it is where the project has no prettier
 */
export async function formatForProject(source: string, file: string): Promise<string> {
  const prettier = await projectPrettier(file)
  if (prettier === null) return source
  const options = await prettier.resolveConfig(file, { editorconfig: true })
  return await prettier.format(source, { ...options, filepath: file })
}

async function projectPrettier(file: string): Promise<Prettier | null> {
  let path: string
  try {
    path = createRequire(file).resolve('prettier')
  } catch {
    return null
  }
  const module = (await import(pathToFileURL(path).href)) as {
    readonly default?: Partial<Prettier>
  } & Partial<Prettier>
  const prettier = module.format === undefined ? module.default : module
  // Before version 3 nothing was asynchronous, which awaiting does not mind.
  return prettier?.format !== undefined && prettier.resolveConfig !== undefined ? (prettier as Prettier) : null
}
