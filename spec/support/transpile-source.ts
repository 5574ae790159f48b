/**
 * Compiles `src` file by file, without types, for threads that Node loads by itself: `npm run spec:watch` needs no build.
 * The result stands beside `lib`, so that what is found by a relative path is found from there, too.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../..', import.meta.url))
const src = join(root, 'src')
const { compilerOptions } = (
  ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8')) as {
    config: { compilerOptions: object }
  }
).config
// A file alone does not tell that the package is of ES modules.
const { options } = ts.convertCompilerOptionsFromJson({ ...compilerOptions, module: 'ESNext' }, root)

/** Where the compiled files are. */
export const transpiled = join(root, '.lib-of-source')

/** Compiles all files that are newer than their results. */
export function transpileSource(): void {
  for (const entry of readdirSync(src, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) transpileFile(join(entry.parentPath, entry.name))
  }
}

/** Compiles, or copies, a file of `src` that is newer than its result. Other files are left alone. */
export function transpileFile(file: string): void {
  const path = relative(src, file)
  if (path.startsWith('..') || !/\.(ts|lua)$/.test(path)) return
  const target = join(transpiled, path.replace(/\.ts$/, '.js'))
  if (modified(target) >= modified(file)) return
  mkdirSync(dirname(target), { recursive: true })
  if (path.endsWith('.lua')) copyFileSync(file, target)
  else {
    const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions: options, fileName: file })
    writeFileSync(target, outputText)
  }
}

const modified = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
