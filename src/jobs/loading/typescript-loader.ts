import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Jiti } from 'jiti'
import type ts from 'typescript'
import { packagePlace, requireAt, requireFromPackage } from '../../util/package-files.js'
import { packageVersion } from '../../util/package-version.js'
import { mappedImports } from './mapped-imports.js'
import { optionalParameters } from '../arguments/optional-parameters.js'

type TypeScript = typeof ts

const loaders = new Map<string, Jiti>()

/**
 * The loader of the TypeScript files below one tsconfig.json. jiti links the modules, in ESM and in CommonJS packages. The
 * application's own TypeScript compiles them, with the decorators and the metadata that the tsconfig asks for. Where
 * TypeScript is not installed, as in production, jiti compiles them itself: it supports legacy decorators with metadata, but
 * no declared (`name!: T`) or private fields in decorated classes.
 */
export function typescriptLoader(file: string): Jiti {
  const config = findUp(dirname(file), 'tsconfig.json')
  const key = config ?? ''
  let loader = loaders.get(key)
  if (!loader) {
    loader = createLoader(file, config)
    loaders.set(key, loader)
  }
  return loader
}

function createLoader(file: string, config: string | null): Jiti {
  const { createJiti } = requireFromPackage('jiti') as typeof import('jiti')
  const fsCache = cacheDirectory(file, config)
  const plain = createJiti(packagePlace(), { interopDefault: false, fsCache })
  if (resolveFrom(file, 'typescript') === null) return plain
  let transpile: Transpile | null | undefined
  return createJiti(packagePlace(), {
    interopDefault: false,
    fsCache,
    transform: (options) => {
      if (options.ts !== true) return { code: plain.transform(options) }
      if (transpile === undefined) transpile = transpiler(file, config)
      if (transpile === null) return { code: plain.transform(options) }
      const source = transpile(options.source, options.filename ?? file)
      return { code: plain.transform({ ...options, source, ts: false }) }
    },
  })
}

type Transpile = (source: string, name: string) => string

/**
 * Compiles one file to modern JavaScript. Decorators are compiled as the tsconfig says. Null where the application's
 * TypeScript has no compiler API, such as version 7.
 */
function transpiler(file: string, config: string | null): Transpile | null {
  const typescript = requireAt(file)('typescript') as TypeScript | Partial<Record<keyof TypeScript, undefined>>
  if (typescript.transpileModule === undefined) return null
  const given = config === null ? null : readOptions(typescript, config)
  const compilerOptions: ts.CompilerOptions = {
    ...(given ?? { experimentalDecorators: true, emitDecoratorMetadata: true }),
    module: typescript.ModuleKind.ESNext,
    target: typescript.ScriptTarget.ES2022,
    inlineSourceMap: false,
    sourceMap: false,
    declaration: false,
  }
  const transformers = { before: [optionalParameters(typescript)] }
  return (source, fileName) => {
    const { outputText } = typescript.transpileModule(source, { fileName, compilerOptions, transformers })
    return given === null ? outputText : mappedImports(typescript, given, outputText, fileName)
  }
}

function readOptions(typescript: TypeScript, config: string): ts.CompilerOptions {
  const { config: json } = typescript.readConfigFile(config, (path) => typescript.sys.readFile(path)) as {
    config: unknown
  }
  // Only the options are needed: listing the files of the project would take time.
  const host = { ...typescript.sys, readDirectory: () => [] }
  return typescript.parseJsonConfigFileContent(json, host, dirname(config)).options
}

/**
 * The directory for compiled files, in the application's own `node_modules`. Its name is a hash of all that changes the
 * output besides the source: versions and tsconfig. jiti's default directory is shared by all users of a machine, and its
 * keys depend on the source only. False where there is no `node_modules`.
 */
function cacheDirectory(file: string, config: string | null): string | false {
  const modules = findUp(dirname(file), 'node_modules')
  if (modules === null) return false
  const typescript = resolveFrom(file, 'typescript')
  const hash = createHash('sha256')
  for (const part of [packageVersion(), typescript ?? 'without', config === null ? '' : configText(config)]) {
    hash.update(part).update('\0')
  }
  const manifest = resolveFrom(file, 'typescript/package.json')
  if (manifest !== null) hash.update(readFileSync(manifest))
  return join(modules, '.cache/pulsar-queue', hash.digest('hex').slice(0, 12))
}

/** The text of a tsconfig.json and of those that it extends. It is read without TypeScript, which takes long to load. */
function configText(config: string, seen: readonly string[] = []): string {
  if (seen.includes(config)) return ''
  const text = readFileSync(config, 'utf8')
  const bases = [...text.matchAll(/"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/g)].flatMap(([, names = '']) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => baseConfig(config, name)),
  )
  return [text, ...bases.map((base) => (base === null ? '' : configText(base, [...seen, config])))].join('\n')
}

function baseConfig(config: string, name: string): string | null {
  return (
    resolveFrom(config, name) ?? resolveFrom(config, `${name}.json`) ?? resolveFrom(config, `${name}/tsconfig.json`)
  )
}

function resolveFrom(file: string, name: string): string | null {
  try {
    return requireAt(file).resolve(name)
  } catch {
    return null
  }
}

function findUp(directory: string, name: string): string | null {
  const path = join(directory, name)
  if (existsSync(path)) return path
  const parent = dirname(directory)
  return parent === directory ? null : findUp(parent, name)
}
