import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type ts from 'typescript'
import type { TypeScript } from '../load-typescript.js'

/** Finds this package's exports in a program, whatever they are called there. Created once a run of the generator. */
export class PackageSymbols {
  readonly #packages = new Map<string, string>()

  constructor(
    private readonly ts: TypeScript,
    private readonly checker: ts.TypeChecker,
  ) {}

  /** @returns the name under which this package exports what `expression` refers to; null for anything else */
  nameOf(expression: ts.Expression): string | null {
    const symbol = this.resolve(expression)
    return symbol ? this.nameOfSymbol(symbol) : null
  }

  /** @returns the name of an export of this package; null for any other symbol */
  nameOfSymbol(symbol: ts.Symbol): string | null {
    const [declaration] = symbol.declarations ?? []
    if (!declaration) return null
    return this.#packageOf(dirname(declaration.getSourceFile().fileName)) === 'pulsar-queue' ? symbol.name : null
  }

  /** @returns the symbol that a name refers to, through imports, re-exports and `const Task = Job` */
  resolve(expression: ts.Expression): ts.Symbol | undefined {
    const { ts, checker } = this
    const named = ts.isPropertyAccessExpression(expression) ? expression.name : expression
    let symbol = ts.isShorthandPropertyAssignment(named.parent)
      ? checker.getShorthandAssignmentValueSymbol(named.parent)
      : checker.getSymbolAtLocation(named)
    if (symbol && (symbol.flags & ts.SymbolFlags.Alias) !== 0) symbol = checker.getAliasedSymbol(symbol)
    const declaration = symbol?.valueDeclaration
    if (declaration && ts.isVariableDeclaration(declaration) && declaration.initializer) {
      const { initializer } = declaration
      if (ts.isIdentifier(initializer) || ts.isPropertyAccessExpression(initializer)) return this.resolve(initializer)
    }
    return symbol
  }

  /** @returns the name of the package that a directory belongs to; empty for none */
  #packageOf(directory: string): string {
    const known = this.#packages.get(directory)
    if (known !== undefined) return known
    const name =
      readName(join(directory, 'package.json')) ??
      (dirname(directory) === directory ? '' : this.#packageOf(dirname(directory)))
    this.#packages.set(directory, name)
    return name
  }
}

/** @returns the name in a package.json; null without one, as where the file only sets the type of the modules below */
function readName(path: string): string | null {
  if (!existsSync(path)) return null
  try {
    const { name } = JSON.parse(readFileSync(path, 'utf8')) as { readonly name?: unknown }
    return typeof name === 'string' ? name : null
  } catch {
    return null
  }
}
