import type ts from 'typescript'
import { defaultJobName } from '../../jobs/define/default-job-name.js'
import { docOf } from './doc-of.js'
import type { JobSource } from './job-source.js'
import { readOptions } from './read-options.js'
import { readRun } from './read-run.js'
import type { Reading } from './reading.js'

/** Finds the jobs of some files of a program: classes under `@Job()` and what `defineJob` gave. In order of their names. */
export function readJobs(reading: Reading, files: readonly ts.SourceFile[]): readonly JobSource[] {
  const jobs = files.flatMap((file) => new FileReader(reading, file).read())
  jobs.sort((a, b) => (a.jobName < b.jobName ? -1 : a.jobName > b.jobName ? 1 : 0))
  for (const [i, job] of jobs.entries()) {
    const other = jobs[i - 1]
    if (other?.jobName !== job.jobName) continue
    reading.problems.add(
      job.nameNode,
      `two jobs are named ${JSON.stringify(job.jobName)}, the other in ${reading.problems.shown(other.file)}; give one of them another name`,
    )
  }
  return jobs
}

/** Reads one file's jobs. Made by {@link readJobs}. */
class FileReader {
  readonly #jobs: JobSource[] = []
  readonly #exports = new Map<ts.Symbol, string>()

  constructor(
    private readonly reading: Reading,
    private readonly file: ts.SourceFile,
  ) {
    const { checker, ts } = reading
    const module = checker.getSymbolAtLocation(file)
    for (const symbol of module ? checker.getExportsOfModule(module) : []) {
      const target = (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol
      // A name is better than `default`, where a job has both.
      if (!this.#exports.has(target) || symbol.name !== 'default') this.#exports.set(target, symbol.name)
    }
  }

  read(): readonly JobSource[] {
    this.#visit(this.file)
    return this.#jobs
  }

  #visit(node: ts.Node): void {
    const { ts, own } = this.reading
    if (ts.isImportDeclaration(node)) this.#checkImport(node)
    if (ts.isClassLike(node)) {
      for (const decorator of ts.getDecorators(node) ?? []) {
        const { expression } = decorator
        const called = ts.isCallExpression(expression) ? expression.expression : expression
        if (own.nameOf(called) === 'Job')
          this.#readClass(node, ts.isCallExpression(expression) ? expression : undefined)
      }
    } else if (ts.isCallExpression(node) && own.nameOf(node.expression) === 'defineJob') this.#readFunction(node)
    ts.forEachChild(node, (child) => {
      this.#visit(child)
    })
  }

  /** Where the package is not found, its decorators are not either, and no job would be. */
  #checkImport({ moduleSpecifier }: ts.ImportDeclaration): void {
    const { ts, checker, problems } = this.reading
    if (!ts.isStringLiteral(moduleSpecifier) || moduleSpecifier.text !== 'pulsar-queue') return
    if (checker.getSymbolAtLocation(moduleSpecifier)) return
    problems.add(
      moduleSpecifier,
      "the compiler does not find 'pulsar-queue'; install it, and check moduleResolution in tsconfig",
    )
  }

  #readClass(node: ts.ClassLikeDeclaration, call: ts.CallExpression | undefined): void {
    const { checker, problems } = this.reading
    const at = node.name ?? node
    const symbol = this.#symbolOf(node)
    if (!symbol) return
    const exportName = this.#exports.get(symbol)
    if (exportName === undefined) {
      problems.add(
        at,
        `${node.name?.text ?? 'the job class'} is not exported, and the client imports its types; export it`,
      )
      return
    }
    if (node.typeParameters) {
      problems.add(at, 'a job class takes no type parameters; extend the generic class with the types filled in')
      return
    }
    const options = readOptions(this.reading, call?.arguments[0])
    const jobName = options.name ?? (node.name ? defaultJobName(node.name.text) : null)
    if (jobName === null) {
      problems.add(at, "a class without a name needs @Job({ name: '...' })")
      return
    }
    const run = checker.getPropertyOfType(checker.getDeclaredTypeOfSymbol(symbol), 'run')
    const source = run ? readRun(this.reading, run, node, options.args) : null
    if (!run) problems.add(at, `expected ${node.name?.text ?? 'the class'} to have a method run, got none`)
    if (!source || !run) return
    const doc = docOf(this.reading, symbol) || docOf(this.reading, run)
    const { type, concurrency } = options
    const nameNode = options.nameNode ?? at
    this.#jobs.push({
      ...source,
      ...{ jobName, exportName, doc, concurrency, nameNode, kind: 'class', file: this.file.fileName },
      type: type === 'regular' && this.#isPeriodic(symbol) ? 'periodic' : type,
      options: options.options,
    })
  }

  #isPeriodic(symbol: ts.Symbol): boolean {
    const { checker, own, ts } = this.reading
    const bases = (type: ts.Type): ts.Type[] => (type.isClassOrInterface() ? checker.getBaseTypes(type) : [])
    const look = (type: ts.Type): boolean =>
      bases(type).some((base) => {
        const of = base.symbol as ts.Symbol | undefined
        const target = (base as ts.TypeReference).target as ts.Type | undefined
        return (of?.name === 'PeriodicJob' && own.nameOfSymbol(of) !== null) || look(target ?? base)
      })
    return (symbol.flags & ts.SymbolFlags.Class) !== 0 && look(checker.getDeclaredTypeOfSymbol(symbol))
  }

  #readFunction(call: ts.CallExpression): void {
    const { checker, problems } = this.reading
    const options = readOptions(this.reading, call.arguments[0])
    const symbol = this.#valueOf(call)
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
    const source = readRun(this.reading, run, call.arguments[1] ?? call, options.args)
    if (!source || options.name === null) {
      if (options.name === null && !options.nameNode)
        problems.add(call, "expected defineJob to get a name; write defineJob({ name: '...' }, ...)")
      return
    }
    const { type, concurrency, name: jobName } = options
    this.#jobs.push({
      ...source,
      ...{ jobName, exportName, type, concurrency, kind: 'function', file: this.file.fileName },
      doc: docOf(this.reading, symbol),
      options: options.options,
      nameNode: options.nameNode ?? call,
    })
  }

  #symbolOf(node: ts.ClassLikeDeclaration): ts.Symbol | undefined {
    const { checker, ts } = this.reading
    if (node.name) return checker.getSymbolAtLocation(node.name)
    // `export default class { ... }`: only the export has a name.
    const module = checker.getSymbolAtLocation(this.file)
    const exported = module?.exports?.get(ts.InternalSymbolName.Default)
    return exported?.declarations?.includes(node) === true ? exported : undefined
  }

  /** The variable, or the default export, that a call is the value of. */
  #valueOf(call: ts.CallExpression): ts.Symbol | undefined {
    const { checker, ts } = this.reading
    let { parent } = call as { parent: ts.Node }
    while (ts.isSatisfiesExpression(parent) || ts.isAsExpression(parent) || ts.isParenthesizedExpression(parent)) {
      parent = parent.parent
    }
    if (ts.isVariableDeclaration(parent)) return checker.getSymbolAtLocation(parent.name)
    if (!ts.isExportAssignment(parent)) return undefined
    return checker.getSymbolAtLocation(this.file)?.exports?.get(ts.InternalSymbolName.Default)
  }
}
