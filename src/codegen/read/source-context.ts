import type ts from 'typescript'
import type { TypeScript } from '../load-typescript.js'
import { PackageSymbols } from './package-symbols.js'
import { Problems } from './problems.js'

/** The program that holds the jobs, and what every step of the generator reads it with. Created once a run. */
export interface SourceContext {
  readonly ts: TypeScript
  readonly program: ts.Program
  readonly checker: ts.TypeChecker
  /** Finds this package's exports in the program. */
  readonly symbols: PackageSymbols
  /** The arguments of the functions that are being followed, by their parameters. */
  readonly bindings: ReadonlyMap<ts.Symbol, ts.Expression>
  /** Gathers what is wrong with the jobs. */
  readonly problems: Problems
}

/**
 * Puts together what the steps share.
 *
 * @param directory - directory that paths in messages count from
 * @returns a context without problems
 */
export function createSourceContext(ts: TypeScript, program: ts.Program, directory: string): SourceContext {
  const checker = program.getTypeChecker()
  return {
    ts,
    program,
    checker,
    symbols: new PackageSymbols(ts, checker),
    bindings: new Map(),
    problems: new Problems(directory),
  }
}
