import type ts from 'typescript'
import { defaultJobName } from '../../jobs/define/default-job-name.js'
import { docComment, docCommentOfMethod } from './doc-comment.js'
import type { FollowedCall } from './follow-call.js'
import { callsSomewhere, followCall } from './follow-call.js'
import type { JobSource, RunSource } from './job-source.js'
import type { OptionsSource } from './read-options.js'
import { readOptions } from './read-options.js'
import { readRun } from './read-run.js'
import type { SourceContext } from './source-context.js'

/**
 * Finds the jobs in some files of a program: classes under `@Job()`, and the values of `defineJob`.
 *
 * @returns the jobs by name; what cannot be read has been recorded as a problem
 */
export function readJobs(context: SourceContext, files: readonly ts.SourceFile[]): readonly JobSource[] {
  const jobs = files.flatMap((file) => new FileReader(context, file).read())
  jobs.sort((a, b) => (a.jobName < b.jobName ? -1 : a.jobName > b.jobName ? 1 : 0))
  for (const [i, job] of jobs.entries()) {
    const other = jobs[i - 1]
    if (other?.jobName !== job.jobName) continue
    context.problems.add(
      job.nameNode,
      `two jobs are named ${JSON.stringify(job.jobName)}, the other in ${context.problems.displayPath(other.file)}; give one of them another name`,
    )
  }
  return jobs
}

/** @returns the name under which a file exports each symbol; a name rather than `default`, where it has both */
function exportNames({ checker, ts }: SourceContext, file: ts.SourceFile): ReadonlyMap<ts.Symbol, string> {
  const names = new Map<ts.Symbol, string>()
  const module = checker.getSymbolAtLocation(file)
  for (const symbol of module ? checker.getExportsOfModule(module) : []) {
    const target = (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol
    if (!names.has(target) || symbol.name !== 'default') names.set(target, symbol.name)
  }
  return names
}

/** Reads the jobs of one file. Created by {@link readJobs}. */
class FileReader {
  readonly #jobs: JobSource[] = []
  readonly #exports: ReadonlyMap<ts.Symbol, string>

  constructor(
    private readonly context: SourceContext,
    private readonly file: ts.SourceFile,
  ) {
    this.#exports = exportNames(context, file)
  }

  /** @returns the jobs in the order of the file */
  read(): readonly JobSource[] {
    this.#visit(this.file)
    return this.#jobs
  }

  #visit(node: ts.Node): void {
    const { ts, symbols } = this.context
    if (ts.isImportDeclaration(node)) this.#checkImport(node)
    if (ts.isClassLike(node)) this.#readDecorators(node)
    else if (ts.isCallExpression(node) && !this.#isInFactory(node)) {
      const isValue = this.#assignedSymbol(node) !== undefined || symbols.nameOf(node.expression) === 'defineJob'
      const found = isValue ? followCall(this.context, node, 'defineJob') : null
      if (found) this.#readFunction(node, found)
    }
    ts.forEachChild(node, (child) => {
      this.#visit(child)
    })
  }

  #readDecorators(node: ts.ClassLikeDeclaration): void {
    const { ts, problems } = this.context
    for (const { expression } of ts.getDecorators(node) ?? []) {
      const found = followCall(this.context, expression, 'Job')
      if (found) this.#readClass(node, found)
      else if (callsSomewhere(this.context, expression, 'Job')) {
        problems.add(
          expression,
          'this decorator calls Job in a way that cannot be followed; let it return what Job({ ... }) gives',
        )
      }
    }
  }

  /** @returns whether a function returns the value of a call of `defineJob`: then the calls of that function are the jobs */
  #isInFactory(call: ts.CallExpression): boolean {
    const { ts } = this.context
    let { parent } = call as { parent: ts.Node }
    while (ts.isParenthesizedExpression(parent) || ts.isAsExpression(parent)) parent = parent.parent
    return ts.isReturnStatement(parent) || ts.isArrowFunction(parent)
  }

  /** Records an import of this package that the compiler does not find: its decorators would not be found either. */
  #checkImport({ moduleSpecifier }: ts.ImportDeclaration): void {
    const { ts, checker, problems } = this.context
    if (!ts.isStringLiteral(moduleSpecifier) || moduleSpecifier.text !== 'pulsar-queue') return
    if (checker.getSymbolAtLocation(moduleSpecifier)) return
    problems.add(
      moduleSpecifier,
      "the compiler does not find 'pulsar-queue'; install it, and check moduleResolution in tsconfig",
    )
  }

  /** Reads a class under `@Job()`, or under a decorator that stands for it. */
  #readClass(node: ts.ClassLikeDeclaration, { context, options: given }: FollowedCall): void {
    const { checker, problems } = this.context
    const at = node.name ?? node
    const symbol = this.#classSymbol(node)
    if (!symbol) return
    const exportName = this.#exports.get(symbol)
    if (exportName === undefined) {
      const name = node.name?.text ?? 'the job class'
      problems.add(at, `${name} is not exported, and the client imports its types; export it`)
      return
    }
    if (node.typeParameters) {
      problems.add(at, 'a job class takes no type parameters; extend the generic class with the types filled in')
      return
    }
    const options = readOptions(context, given)
    const jobName = options.name ?? (node.name ? defaultJobName(node.name.text) : null)
    if (jobName === null) {
      problems.add(at, "a class without a name needs @Job({ name: '...' })")
      return
    }
    const run = checker.getPropertyOfType(checker.getDeclaredTypeOfSymbol(symbol), 'run')
    if (!run) problems.add(at, `expected ${node.name?.text ?? 'the class'} to have a method run, got none`)
    const source = run ? readRun(this.context, run, node, options.args) : null
    if (!source || !run) return
    const isPeriodic = options.type === 'regular' && this.#extendsPeriodicJob(symbol)
    this.#add(source, isPeriodic ? { ...options, type: 'periodic' } : options, {
      ...{ jobName, exportName, kind: 'class', nameNode: options.nameNode ?? at },
      doc:
        docComment(this.context, symbol) ||
        docCommentOfMethod(this.context, run, checker.getDeclaredTypeOfSymbol(symbol)),
    })
  }

  /** Reads a call of `defineJob`, or of a function that stands for it. */
  #readFunction(call: ts.CallExpression, { context, options: given }: FollowedCall): void {
    const { checker, problems } = this.context
    const options = readOptions(context, given)
    const symbol = this.#assignedSymbol(call)
    const exportName = symbol ? this.#exports.get(symbol) : undefined
    if (!symbol || exportName === undefined) {
      problems.add(
        call,
        'what defineJob gives is not exported, and the client imports its types; write `export const name = defineJob(...)`',
      )
      return
    }
    const run = checker.getPropertyOfType(checker.getTypeAtLocation(call), 'run')
    if (!run) return
    const source = readRun(this.context, run, call.arguments[1] ?? call, options.args)
    const { name: jobName, nameNode } = options
    if (jobName === null && !nameNode)
      problems.add(call, "expected defineJob to get a name; write defineJob({ name: '...' }, ...)")
    if (!source || jobName === null) return
    this.#add(source, options, {
      ...{ jobName, exportName, kind: 'function', nameNode: nameNode ?? call },
      doc: docComment(this.context, symbol),
    })
  }

  #add(
    run: RunSource,
    { type, concurrency, options }: OptionsSource,
    declared: Pick<JobSource, 'jobName' | 'exportName' | 'kind' | 'nameNode' | 'doc'>,
  ): void {
    this.#jobs.push({ ...run, ...declared, type, concurrency, options, file: this.file.fileName })
  }

  /** @returns whether a class has `PeriodicJob` of this package among its base classes */
  #extendsPeriodicJob(symbol: ts.Symbol): boolean {
    const { checker, symbols, ts } = this.context
    const bases = (type: ts.Type): ts.Type[] => (type.isClassOrInterface() ? checker.getBaseTypes(type) : [])
    const look = (type: ts.Type): boolean =>
      bases(type).some((base) => {
        const of = base.symbol as ts.Symbol | undefined
        const target = (base as ts.TypeReference).target as ts.Type | undefined
        return (of?.name === 'PeriodicJob' && symbols.nameOfSymbol(of) !== null) || look(target ?? base)
      })
    return (symbol.flags & ts.SymbolFlags.Class) !== 0 && look(checker.getDeclaredTypeOfSymbol(symbol))
  }

  /** @returns the symbol of a class; of `export default class { ... }`, which has no name, that of the export */
  #classSymbol(node: ts.ClassLikeDeclaration): ts.Symbol | undefined {
    if (node.name) return this.context.checker.getSymbolAtLocation(node.name)
    const exported = this.#defaultExport()
    return exported?.declarations?.includes(node) === true ? exported : undefined
  }

  /** @returns the variable, or the default export, whose value a call is; undefined for any other call */
  #assignedSymbol(call: ts.CallExpression): ts.Symbol | undefined {
    const { checker, ts } = this.context
    let { parent } = call as { parent: ts.Node }
    while (ts.isSatisfiesExpression(parent) || ts.isAsExpression(parent) || ts.isParenthesizedExpression(parent)) {
      parent = parent.parent
    }
    if (ts.isVariableDeclaration(parent)) return checker.getSymbolAtLocation(parent.name)
    return ts.isExportAssignment(parent) ? this.#defaultExport() : undefined
  }

  #defaultExport(): ts.Symbol | undefined {
    const { checker, ts } = this.context
    return checker.getSymbolAtLocation(this.file)?.exports?.get(ts.InternalSymbolName.Default)
  }
}
