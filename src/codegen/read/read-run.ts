import type ts from 'typescript'
import { hasInitializer, isDataMember } from './data-member.js'
import { readDto } from './read-dto.js'
import { docComment } from './doc-comment.js'
import type { ParameterSource, RunSource } from './job-source.js'
import type { SourceContext } from './source-context.js'

/**
 * Reads the signature of a job's `run` as its class has it: an inherited one has its type parameters filled in.
 *
 * @param owner - the class, or the function given to `defineJob`
 * @param args - the DTO class that the option `args` names
 * @returns the signature; null, and a problem recorded, where the job cannot be called by name
 */
export function readRun(
  context: SourceContext,
  run: ts.Symbol,
  owner: ts.Node,
  args: ts.Expression | null,
): RunSource | null {
  const { ts, checker, problems } = context
  const at = positionOfRun(context, run, owner)
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
  const parameters = new ParameterReader(context, owner).read(signature, args)
  if (!parameters) return null
  return { ...parameters, ...readResult(context, signature), node: at }
}

/** @returns the declaration of `run`, if it is in a file of the project; else the class */
function positionOfRun({ program, ts }: SourceContext, run: ts.Symbol, owner: ts.Node): ts.Node {
  const declaration = run.valueDeclaration
  const isClass = ts.isClassLike(owner)
  const otherwise = isClass ? (owner.name ?? owner) : owner
  if (!declaration || !isClass || program.isSourceFileFromExternalLibrary(declaration.getSourceFile())) return otherwise
  return ts.getNameOfDeclaration(declaration) ?? otherwise
}

/** @returns the awaited result; of a generator, its return type */
function readResult({ checker }: SourceContext, signature: ts.Signature): Pick<RunSource, 'result' | 'isGenerator'> {
  const returned = checker.getReturnTypeOfSignature(signature)
  const name = (returned.symbol as ts.Symbol | undefined)?.name
  if (name === 'Generator' || name === 'AsyncGenerator') {
    const [, end] = checker.getTypeArguments(returned as ts.TypeReference)
    return { result: end ?? checker.getVoidType(), isGenerator: true }
  }
  return { result: checker.getAwaitedType(returned) ?? returned, isGenerator: false }
}

/** The part of a signature that its parameters make up. */
type ParameterList = Pick<RunSource, 'parameters' | 'spread' | 'dto' | 'dtoSource' | 'spreadOptional'>

/** Reads the parameters of one `run`. */
class ParameterReader {
  constructor(
    private readonly context: SourceContext,
    private readonly owner: ts.Node,
  ) {}

  /** @returns the parameters; null where arguments cannot be given by name */
  read(signature: ts.Signature, args: ts.Expression | null): ParameterList | null {
    const { ts, problems } = this.context
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
    return { parameters: known, spread: false, dto: false, dtoSource: null, spreadOptional: false }
  }

  /** @returns one parameter; null where it has no name of its own */
  #parameter(symbol: ts.Symbol): ParameterSource | null {
    const { ts, checker, problems } = this.context
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
    return { name: node.name.text, doc: docComment(this.context, symbol), optional, node, type }
  }

  /** @returns the members of the one parameter: those that its pattern names, or all data members of a DTO */
  #members(symbol: ts.Symbol, pattern: ts.ObjectBindingPattern | null, dto: boolean): ParameterList | null {
    const { ts, checker } = this.context
    const whole = symbol.valueDeclaration ?? this.owner
    const type = checker.getNonNullableType(checker.getTypeOfSymbol(symbol))
    const spreadOptional =
      ts.isParameter(whole) && (whole.questionToken !== undefined || whole.initializer !== undefined)
    const named = pattern ? this.#namesIn(pattern) : null
    if (pattern && !named) return null
    const parameters: ParameterSource[] = []
    for (const member of checker.getPropertiesOfType(type)) {
      if (named ? !named.has(member.name) : !isDataMember(ts, member)) continue
      const node = this.#positionOf(member, whole)
      const optional = (member.flags & ts.SymbolFlags.Optional) !== 0 || (dto && hasInitializer(ts, member))
      const doc = docComment(this.context, member)
      parameters.push({ name: member.name, optional, doc, node, type: checker.getTypeOfSymbol(member) })
    }
    return { parameters, spread: true, dto, dtoSource: dto ? readDto(this.context, type) : null, spreadOptional }
  }

  /** @returns the declaration of a member, if it is in a file of the project; else the parameter */
  #positionOf(member: ts.Symbol, whole: ts.Node): ts.Node {
    const { valueDeclaration } = member
    if (!valueDeclaration || this.context.program.isSourceFileFromExternalLibrary(valueDeclaration.getSourceFile()))
      return whole
    return valueDeclaration
  }

  /** @returns the member names of a destructured parameter; null where they are not plain */
  #namesIn(pattern: ts.ObjectBindingPattern): Set<string> | null {
    const { ts, problems } = this.context
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

  /** @returns whether a parameter is marked by `@Args()` */
  #hasArgs(symbol: ts.Symbol): boolean {
    const { ts, symbols } = this.context
    const node = symbol.valueDeclaration
    if (!node || !ts.isParameter(node)) return false
    return (ts.getDecorators(node) ?? []).some(
      ({ expression }) =>
        symbols.nameOf(ts.isCallExpression(expression) ? expression.expression : expression) === 'Args',
    )
  }
}
