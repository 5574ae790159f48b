import { dirname, resolve } from 'node:path'
import type ts from 'typescript'
import { InvalidSettingError } from '../../errors.js'
import type { TypeScript } from '../load-typescript.js'

/** How the user's project is compiled. */
export interface Project {
  readonly options: ts.CompilerOptions
  /** Declaration files of the project: ambient types that the jobs may use. */
  readonly ambient: readonly string[]
}

/**
 * Reads the tsconfig that applies to the jobs.
 *
 * @param start - directory to look from, upwards
 * @param path - path of the tsconfig; null: the nearest
 * @returns its options, strict and without output; defaults where there is no tsconfig
 * @throws {@link InvalidSettingError} for a tsconfig that cannot be read
 */
export function readProject(ts: TypeScript, start: string, path: string | null): Project {
  const file = path ?? ts.findConfigFile(start, (name) => ts.sys.fileExists(name)) ?? null
  if (file === null) return { options: withReadingOptions(defaultOptions(ts)), ambient: [] }
  const { config, error } = ts.readConfigFile(file, (name) => ts.sys.readFile(name)) as {
    config: unknown
    error?: ts.Diagnostic
  }
  if (error) {
    const said = ts.flattenDiagnosticMessageText(error.messageText, ' ')
    throw new InvalidSettingError('project', 'a tsconfig that can be read', `${file}: ${said}`, 'command line')
  }
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, dirname(resolve(file)), undefined, file)
  return {
    options: withReadingOptions(parsed.options),
    ambient: parsed.fileNames.filter((name) => /\.d\.[cm]?ts$/.test(name)),
  }
}

/** @returns the options of a project without a tsconfig */
function defaultOptions(ts: TypeScript): ts.CompilerOptions {
  return { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, experimentalDecorators: true }
}

/**
 * Sets the options that reading needs. Strict always: otherwise a type does not say whether it includes null and undefined.
 */
function withReadingOptions(options: ts.CompilerOptions): ts.CompilerOptions {
  const { configFilePath: _, ...others } = options
  return {
    ...others,
    strict: true,
    strictNullChecks: true,
    noEmit: true,
    skipLibCheck: true,
    composite: false,
    incremental: false,
  }
}
