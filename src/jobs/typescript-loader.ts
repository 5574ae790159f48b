import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Jiti } from 'jiti'
import type ts from 'typescript'
import { optionalParameters } from './optional-parameters.js'

type TypeScript = typeof ts

const loaders = new Map<string, Promise<Jiti>>()

/**
 * The loader of TypeScript files below one tsconfig.json: jiti, which links modules in ESM and CommonJS packages alike, with
 * the application's own TypeScript, which knows decorators and their metadata as the tsconfig has them. Without
 * TypeScript, as in production, jiti transforms by itself: legacy decorators with metadata, and no declared (`name!: T`)
 * or private fields in decorated classes.
 */
export async function typescriptLoader(file: string): Promise<Jiti> {
  const config = findConfig(dirname(file))
  const key = config ?? ''
  let loader = loaders.get(key)
  if (!loader) {
    loader = createLoader(file, config)
    loaders.set(key, loader)
  }
  return await loader
}

async function createLoader(file: string, config: string | null): Promise<Jiti> {
  const { createJiti } = await import('jiti')
  const plain = createJiti(import.meta.url, { interopDefault: false })
  if (resolveTypeScript(file) === null) return plain
  // The transformed text is kept in jiti's cache under the source's hash; another tsconfig makes another text.
  const version = createHash('sha256')
    .update(config === null ? '' : readFileSync(config))
    .digest('hex')
    .slice(0, 12)
  let transpile: Transpile | null | undefined
  return createJiti(import.meta.url, {
    interopDefault: false,
    cacheVersion: `pulsar-queue-2-${version}`,
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
 * Compiles one file to modern JavaScript, decorators apart as the tsconfig says. Null where the application's TypeScript
 * has no compiler API, as that of version 7.
 */
function transpiler(file: string, config: string | null): Transpile | null {
  const typescript = createRequire(file)('typescript') as TypeScript | Partial<Record<keyof TypeScript, undefined>>
  if (typescript.transpileModule === undefined) return null
  const compilerOptions: ts.CompilerOptions = {
    ...(config === null
      ? { experimentalDecorators: true, emitDecoratorMetadata: true }
      : readOptions(typescript, config)),
    module: typescript.ModuleKind.ESNext,
    target: typescript.ScriptTarget.ES2022,
    inlineSourceMap: false,
    sourceMap: false,
    declaration: false,
  }
  const transformers = { before: [optionalParameters(typescript)] }
  return (source, fileName) =>
    typescript.transpileModule(source, { fileName, compilerOptions, transformers }).outputText
}

function readOptions(typescript: TypeScript, config: string): ts.CompilerOptions {
  const { config: json } = typescript.readConfigFile(config, (path) => typescript.sys.readFile(path)) as {
    config: unknown
  }
  // The options are wanted, not the list of files.
  const host = { ...typescript.sys, readDirectory: () => [] }
  return typescript.parseJsonConfigFileContent(json, host, dirname(config)).options
}

function resolveTypeScript(file: string): string | null {
  try {
    return createRequire(file).resolve('typescript')
  } catch {
    return null
  }
}

function findConfig(directory: string): string | null {
  const path = join(directory, 'tsconfig.json')
  if (existsSync(path)) return path
  const parent = dirname(directory)
  return parent === directory ? null : findConfig(parent)
}
