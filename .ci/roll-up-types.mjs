/**
 * Writes the declarations that users get: one file an entry (`lib/types/*.d.ts`), and its twin for CommonJS.
 *
 * `index` declares all that is public. What another entry shares with it, that entry takes from there: a class with private
 * members that is declared twice is two types. api-extractor rolls up each entry for itself, so what is shared is cut out here.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { globSync } from 'tinyglobby'
import ts from 'typescript'
import { entries, extractApi, rolledUp, root } from './extract-api.mjs'

const types = join(root, 'lib/types')
const hashFile = join(types, '.inputs')

/** Does nothing when neither the declarations of tsc nor these scripts changed since the last time. */
export async function rollUpTypes() {
  const hash = hashOfInputs()
  if (existsSync(hashFile) && readFileSync(hashFile, 'utf8') === hash) return
  extract()
  const index = rollUp('index', new Map())
  const shared = exportedDeclarations(parse(index, 'index.d.ts'))
  const others = Object.keys(entries).filter((entry) => entry !== 'index')
  const rolled = [['index', index], ...others.map((entry) => [entry, rollUp(entry, shared)])]
  rmSync(types, { recursive: true, force: true })
  mkdirSync(types, { recursive: true })
  for (const [entry, text] of rolled) await write(entry, text)
  writeFileSync(hashFile, hash)
}

function hashOfInputs() {
  const hash = createHash('sha256')
  const scripts = ['.ci/roll-up-types.mjs', '.ci/extract-api.mjs', 'api-extractor.json']
  for (const file of [...globSync('lib/**/*.d.ts', { cwd: root, ignore: 'lib/types' }).sort(), ...scripts]) {
    hash.update(file).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function extract() {
  const results = extractApi({
    report: false,
    // The API report tells of these.
    onMessage: (_entry, message) => {
      if (message.category === 'Extractor') message.logLevel = 'none'
    },
  })
  const failed = Object.entries(results).filter(([, { errorCount }]) => errorCount > 0)
  if (failed.length > 0)
    throw new Error(`the types of ${failed.map(([entry]) => entry).join(', ')} cannot be rolled up`)
}

/** The text of an entry's declarations, less those that `shared` holds by name. */
function rollUp(entry, shared) {
  const file = parse(readFileSync(rolledUp(entry), 'utf8'), `${entry}.d.ts`)
  const asWritten = parse(readFileSync(join(root, `lib/${entries[entry]}.d.ts`), 'utf8'), 'entry.d.ts')
  const typeOnly = typeOnlyExports(asWritten)
  const exported = [...exportedDeclarations(file).keys()]
  const own = file.statements.filter((statement) => !isShared(statement, shared, file))
  const { kept, used } = reachable(own)
  const fromIndex = [...shared.keys()].sort()
  const sharedExports = fromIndex.filter((name) => exported.includes(name))
  const ownTypes = exported.filter((name) => !shared.has(name) && typeOnly.has(name) && isClass(name, file))
  return [
    ...asWritten.statements.filter(isSideEffect).map((statement) => statement.getText()),
    listOf(
      'import type',
      fromIndex.filter((name) => used.has(name)),
      './index.js',
    ),
    ...kept.map((statement) => textOf(statement, file, ownTypes)),
    listOf(
      'export',
      sharedExports.filter((name) => !typeOnly.has(name)),
      './index.js',
    ),
    listOf(
      'export type',
      sharedExports.filter((name) => typeOnly.has(name)),
      './index.js',
    ),
    listOf('export type', ownTypes, null),
    'export {}',
  ].join('\n\n')
}

/** What the exports of a file need of it, in its order, and the names that this uses. Cutting out has left other things. */
function reachable(statements) {
  const isList = (statement) => ts.isExportDeclaration(statement) && statement.exportClause?.elements.length > 0
  const kept = new Set(statements.filter((statement) => isExport(statement) || isList(statement)))
  const used = new Set()
  for (const statement of kept) {
    for (const name of identifiersOf(statement)) {
      if (used.has(name)) continue
      used.add(name)
      for (const other of statements) if (namesOf(other).includes(name)) kept.add(other)
    }
  }
  return { kept: statements.filter((statement) => kept.has(statement)), used }
}

const parse = (text, name) => ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)
const isSideEffect = (statement) => ts.isImportDeclaration(statement) && statement.importClause === undefined
const isExport = (statement) =>
  ts.canHaveModifiers(statement) &&
  (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

/** The names that a statement declares or imports. */
function namesOf(statement) {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.text)
  if (!ts.isImportDeclaration(statement)) return statement.name === undefined ? [] : [statement.name.text]
  const { name, namedBindings } = statement.importClause ?? {}
  const bindings = namedBindings === undefined ? [] : (namedBindings.elements ?? [namedBindings])
  return [name, ...bindings.map((binding) => binding.name)].flatMap((identifier) => identifier?.text ?? [])
}

/** Names of what a file exports, each with the text of its declarations. */
function exportedDeclarations(file) {
  const listed = file.statements
    .filter((statement) => ts.isExportDeclaration(statement) && statement.exportClause !== undefined)
    .flatMap(({ exportClause }) => exportClause.elements.map(({ name }) => name.text))
  const found = new Map(listed.map((name) => [name, '']))
  for (const statement of file.statements) {
    for (const name of namesOf(statement)) {
      if (isExport(statement) || found.has(name)) found.set(name, `${found.get(name) ?? ''}${bare(statement)}`)
    }
  }
  return found
}

/** A declaration without its comment and modifiers, to be compared. */
function bare(statement) {
  return statement
    .getText()
    .replace(/^(?:export |declare )*/, '')
    .replace(/\s+/g, ' ')
}

function typeOnlyExports(file) {
  const exported = file.statements.filter((statement) => ts.isExportDeclaration(statement) && statement.exportClause)
  return new Set(
    exported.flatMap(({ isTypeOnly, exportClause }) =>
      exportClause.elements.filter((element) => isTypeOnly || element.isTypeOnly).map(({ name }) => name.text),
    ),
  )
}

function isShared(statement, shared, file) {
  const names = namesOf(statement)
  if (names.length === 0 || !names.every((name) => shared.has(name))) return false
  for (const name of names) {
    if (shared.get(name).includes(bare(statement))) continue
    throw new Error(`${file.fileName} and index.d.ts both declare ${name}, and differently`)
  }
  return true
}

/** The names that a statement refers to, among others; not those of the members that it declares. */
function identifiersOf(statement) {
  const found = new Set()
  const visit = (node) => {
    const isMember = node.parent.name === node && !ts.isExportSpecifier(node.parent)
    if (ts.isIdentifier(node) && !isMember) found.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(statement)
  return found
}

const isClass = (name, file) =>
  file.statements.some((statement) => ts.isClassDeclaration(statement) && statement.name?.text === name)

/** A class of which only the type is exported must not look like a value. */
function textOf(statement, file, ownTypes) {
  const text = file.text.slice(statement.getFullStart(), statement.end).trim()
  const isType = ts.isClassDeclaration(statement) && ownTypes.includes(statement.name.text)
  return isType ? text.replace(/^( *)export declare class /m, '$1declare class ') : text
}

function listOf(how, names, module) {
  if (names.length === 0) return ''
  return `${how} { ${names.join(', ')} }${module === null ? '' : ` from '${module}'`}`
}

/**
 * A CommonJS module under `moduleResolution: node16` may not import types that are ESM (TS1479), although `require` of
 * ESM works in the Node versions we support. So each file gets a twin that says CommonJS.
 */
async function write(entry, rolled) {
  const text = await format(rolled, { ...(await resolveConfig(join(root, '.prettierrc'))), parser: 'typescript' })
  writeFileSync(join(types, `${entry}.d.ts`), text)
  writeFileSync(join(types, `${entry}.d.cts`), text.replaceAll("from './index.js'", "from './index.cjs'"))
}
