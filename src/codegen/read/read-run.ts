import type ts from 'typescript'
import { docOf } from './doc-of.js'
import type { ParameterSource, RunSource } from './job-source.js'
import type { Reading } from './reading.js'

/**
 * Reads the signature of a job's `run`, as its class has it: inherited ones with their types filled in.
 *
 * @param owner - the class, or the function given to `defineJob`
 * @param args - the class that the option `args` names
 * @returns null where it cannot be called by name; what is wrong has been recorded
 */
export function readRun(
  reading: Reading,
  run: ts.Symbol,
  owner: ts.Node,
  args: ts.Expression | null,
): RunSource | null {
  const { ts, checker, problems } = reading
  const at = placeOf(reading, run, owner)
  const isClass = ts.isClassLike(owner)
  if (isClass && (run.flags & ts.SymbolFlags.Method) === 0) {
    problems.add(at, 'run is not a method, and only a method is seen on the class; write `run(...) { ... }`')
    return null
  }
  const signatures = checker.getTypeOfSymbol(run).getCallSignatures()
  const [signature] = signatures
  if (!signature) {
    problems.add(at, 'expected run to be a function')
    return null
  }
  if (signatures.length > 1) {
    problems.add(at, 'run has overloads, and a client method has one form; use optional parameters, or several jobs')
    return null
  }
  const parameters = new ParameterReader(reading, owner).read(signature, args)
  if (!parameters) return null
  return { ...parameters, ...resultOf(reading, signature), node: at }
}

/** Where `run` is declared, if that is in a file of the user's; else the class. */
function placeOf({ program, ts }: Reading, run: ts.Symbol, owner: ts.Node): ts.Node {
  const declaration = run.valueDeclaration
  const isClass = ts.isClassLike(owner)
  const otherwise = isClass ? (owner.name ?? owner) : owner
  if (!declaration || !isClass || program.isSourceFileFromExternalLibrary(declaration.getSourceFile())) return otherwise
  return ts.getNameOfDeclaration(declaration) ?? otherwise
}

function resultOf({ checker }: Reading, signature: ts.Signature): Pick<RunSource, 'result' | 'isGenerator'> {
  const returned = checker.getReturnTypeOfSignature(signature)
  const name = (returned.symbol as ts.Symbol | undefined)?.name
  if (name === 'Generator' || name === 'AsyncGenerator') {
    const [, end] = checker.getTypeArguments(returned as ts.TypeReference)
    return { result: end ?? checker.getVoidType(), isGenerator: true }
  }
  return { result: checker.getAwaitedType(returned) ?? returned, isGenerator: false }
}

type Parameters = Pick<RunSource, 'parameters' | 'spread' | 'dto' | 'wholeOptional'>

/** Reads the parameters of one `run`. */
class ParameterReader {
  constructor(
    private readonly reading: Reading,
    private readonly owner: ts.Node,
  ) {}

  /** Null where they cannot be given by name. */
  read(signature: ts.Signature, args: ts.Expression | null): Parameters | null {
    const { ts, problems } = this.reading
    const symbols = signature.getParameters()
    const [only] = symbols
    const declared = only?.valueDeclaration
    const pattern =
      declared && ts.isParameter(declared) && ts.isObjectBindingPattern(declared.name) ? declared.name : null
    const dto = args !== null || symbols.some((symbol) => this.#hasArgs(symbol))
    if (dto || (pattern && symbols.length === 1)) {
      if (symbols.length === 1 && only) return this.#members(only, dto ? null : pattern, dto)
      problems.add(
        args ?? declared ?? this.owner,
        `expected run to take one parameter, the DTO, got ${String(symbols.length)}`,
      )
      return null
    }
    const parameters = symbols.map((symbol) => this.#parameter(symbol))
    if (parameters.includes(null)) return null
    const known = parameters.filter((parameter) => parameter !== null)
    return { parameters: known, spread: false, dto: false, wholeOptional: false }
  }

  #parameter(symbol: ts.Symbol): ParameterSource | null {
    const { ts, checker, problems } = this.reading
    const node = symbol.valueDeclaration ?? this.owner
    if (!ts.isParameter(node)) return null
    if (node.dotDotDotToken) {
      problems.add(node, 'run has a rest parameter, and arguments go by name; take an array')
      return null
    }
    if (!ts.isIdentifier(node.name)) {
      problems.add(node, 'a parameter of run has no name; destructure only where it is the only one')
      return null
    }
    const optional = node.questionToken !== undefined || node.initializer !== undefined
    const type = checker.getTypeOfSymbol(symbol)
    return { name: node.name.text, doc: docOf(this.reading, symbol), optional, node, type }
  }

  /** The data members of the one parameter: those that its pattern names, or all that a DTO has. */
  #members(symbol: ts.Symbol, pattern: ts.ObjectBindingPattern | null, dto: boolean): Parameters | null {
    const { ts, checker } = this.reading
    const whole = symbol.valueDeclaration ?? this.owner
    const type = checker.getNonNullableType(checker.getTypeOfSymbol(symbol))
    const wholeOptional =
      ts.isParameter(whole) && (whole.questionToken !== undefined || whole.initializer !== undefined)
    const named = pattern ? this.#namesIn(pattern) : null
    if (pattern && !named) return null
    const parameters: ParameterSource[] = []
    for (const member of checker.getPropertiesOfType(type)) {
      if (named ? !named.has(member.name) : !this.#isData(member)) continue
      const node = this.#placeOf(member, whole)
      const optional = (member.flags & ts.SymbolFlags.Optional) !== 0
      const doc = docOf(this.reading, member)
      parameters.push({ name: member.name, optional, doc, node, type: checker.getTypeOfSymbol(member) })
    }
    return { parameters, spread: true, dto, wholeOptional }
  }

  #placeOf(member: ts.Symbol, whole: ts.Node): ts.Node {
    const { valueDeclaration } = member
    if (!valueDeclaration || this.reading.program.isSourceFileFromExternalLibrary(valueDeclaration.getSourceFile()))
      return whole
    return valueDeclaration
  }

  #namesIn(pattern: ts.ObjectBindingPattern): Set<string> | null {
    const { ts, problems } = this.reading
    const names = new Set<string>()
    for (const element of pattern.elements) {
      const name = element.propertyName ?? element.name
      if (element.dotDotDotToken || !(ts.isIdentifier(name) || ts.isStringLiteral(name))) {
        problems.add(element, 'expected the destructured parameter of run to have plain member names')
        return null
      }
      names.add(name.text)
    }
    return names
  }

  /** Public, and no method or accessor: what a caller gives. */
  #isData(member: ts.Symbol): boolean {
    const { ts } = this.reading
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected
    const open = (member.declarations ?? []).every(
      (declaration) => (ts.getCombinedModifierFlags(declaration) & hidden) === 0 && !isPrivateName(ts, declaration),
    )
    return open && (member.flags & ts.SymbolFlags.Property) !== 0
  }

  #hasArgs(symbol: ts.Symbol): boolean {
    const { ts, own } = this.reading
    const node = symbol.valueDeclaration
    if (!node || !ts.isParameter(node)) return false
    return (ts.getDecorators(node) ?? []).some(
      ({ expression }) => own.nameOf(ts.isCallExpression(expression) ? expression.expression : expression) === 'Args',
    )
  }
}

function isPrivateName(ts: Reading['ts'], declaration: ts.Declaration): boolean {
  const name = ts.getNameOfDeclaration(declaration)
  return name !== undefined && ts.isPrivateIdentifier(name)
}
