import type ts from 'typescript'
import type { OwnSymbols } from './own-symbols.js'
import type { Problems } from './problems.js'
import type { TypeScript } from '../load-typescript.js'

/** What every step of one run of the generator reads with. */
export interface Reading {
  readonly ts: TypeScript
  readonly program: ts.Program
  readonly checker: ts.TypeChecker
  readonly own: OwnSymbols
  readonly problems: Problems
}
