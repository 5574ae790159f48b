import { dirname, relative, sep } from 'node:path'
import type ts from 'typescript'

type TypeScript = typeof ts

/**
 * Writes imports that the `paths` of a tsconfig map as relative ones, as the compiler resolves them. What is mapped to
 * declarations alone, or to a package, is left as it is: that mapping is for types.
 *
 * @param code - JavaScript, as the compiler gave it
 * @param file - absolute path of its source
 */
export function mappedImports(typescript: TypeScript, options: ts.CompilerOptions, code: string, file: string): string {
  const patterns = Object.keys(options.paths ?? {}).map((key) => key.split('*'))
  if (patterns.length === 0) return code
  const isMapped = (name: string): boolean =>
    patterns.some(([before = '', after]) =>
      after === undefined ? name === before : name.startsWith(before) && name.endsWith(after),
    )
  let mapped = code
  // From the end, so that the positions before it stay.
  for (const { fileName: name, pos } of typescript.preProcessFile(code, true, true).importedFiles.reverse()) {
    const start = code.indexOf(name, pos)
    const target = isMapped(name) ? sourceOf(typescript, options, name, file) : null
    if (target === null || start < 0 || start > pos + 1) continue
    const path = relative(dirname(file), target).split(sep).join('/')
    mapped = `${mapped.slice(0, start)}${path.startsWith('.') ? path : `./${path}`}${mapped.slice(start + name.length)}`
  }
  return mapped
}

function sourceOf(typescript: TypeScript, options: ts.CompilerOptions, name: string, file: string): string | null {
  const { resolvedModule } = typescript.resolveModuleName(name, file, options, typescript.sys)
  if (!resolvedModule || resolvedModule.isExternalLibraryImport === true) return null
  return /\.d\.[cm]?ts$/.test(resolvedModule.resolvedFileName) ? null : resolvedModule.resolvedFileName
}
