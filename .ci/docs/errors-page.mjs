/** docs/errors.md, from the classes of src/errors and their doc comments. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const INTRODUCTION = `# Errors

<!-- Written by \`npm run docs\` from the doc comments of src/errors. Change those, not this page. -->

Every error of this package extends \`PulsarError\` and has a stable \`code\`. Messages may change; codes and data do not. What your own code
throws, and the reason of a signal that you abort, reach you as they are and have no such code.

\`\`\`ts
import { isPulsarError } from 'pulsar-queue'

try {
  await api.tasks.queue('addition', { a: 4, b: 6 })
} catch (error) {
  if (isPulsarError(error, 'PQ_BROKER_FULL')) console.error(\`\${error.address} has no room\`)
  else throw error
}
\`\`\`

\`isPulsarError\` goes by the code, so it also works where two copies of the package are installed and \`instanceof\` does not.
Messages have the form "expected X to be Y, got Z", followed by the fix. They never contain passwords.`

/** Files of src/errors in the order of the page, with their headings. */
const FILES = {
  'input-errors': 'Malformed input',
  'job-errors': 'Jobs and messages',
  'task-errors': 'Tasks',
  'store-errors': 'Stores',
  'app-errors': 'The application',
  'rpc-errors': 'JSON-RPC',
}

export function errorsPage(root) {
  const groups = Object.entries(FILES).map(([name, heading]) => {
    const path = join(root, 'src/errors', `${name}.ts`)
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true)
    const classes = source.statements.filter((node) => ts.isClassDeclaration(node) && isExported(node))
    return { heading, errors: classes.map((node) => describe(node, source)) }
  })
  const rows = groups.flatMap(({ errors }) =>
    errors.map(({ name, code, summary }) => `| [\`${code}\`](#${name.toLowerCase()}) | ${firstSentence(summary)} |`),
  )
  const sections = groups.flatMap(({ heading, errors }) => [`## ${heading}`, ...errors.map(section)])
  return [INTRODUCTION, '## All codes', ['| code | meaning |', '| --- | --- |', ...rows].join('\n'), ...sections].join(
    '\n\n',
  )
}

function section({ name, code, summary, fix, fields }) {
  const rows = fields.map((field) => `| \`${field.name}\` | \`${field.type.replaceAll('|', '\\|')}\` | ${field.doc} |`)
  const table = rows.length === 0 ? [] : [['| data | type | meaning |', '| --- | --- | --- |', ...rows].join('\n')]
  return [`### ${name}`, `Code \`${code}\`. ${summary}`, `**What to do:** ${fix}`, ...table].join('\n\n')
}

/** A class as data. Everything on the page is required: a class without it fails the build of the docs. */
function describe(node, source) {
  const name = node.name.text
  const required = (value, what) => {
    if (value === undefined || value === '')
      throw new Error(`expected class ${name} of ${source.fileName} to have ${what}, got none`)
    return value
  }
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  const remarks = doc?.tags?.find((tag) => tag.tagName.text === 'remarks')
  const code = node.members.find((member) => ts.isPropertyDeclaration(member) && member.name.getText(source) === 'code')
  return {
    name,
    code: required(
      code?.initializer && ts.isStringLiteral(code.initializer) ? code.initializer.text : undefined,
      'a code',
    ),
    summary: required(textOf(doc), 'a doc comment'),
    fix: required(textOf(remarks), 'a @remarks that says what to do'),
    fields: dataOf(node, source).map((field) => ({
      ...field,
      doc: required(field.doc, `a doc comment for ${field.name}`),
    })),
  }
}

/** The public members beside `code`: parameter properties of the constructor, and declared ones. */
function dataOf(node, source) {
  const constructor = node.members.find(ts.isConstructorDeclaration)
  const parameters = constructor?.parameters.filter((parameter) =>
    ts.isParameterPropertyDeclaration(parameter, constructor),
  )
  const declared = node.members.filter(
    (member) => ts.isPropertyDeclaration(member) && member.name.getText(source) !== 'code',
  )
  return [...(parameters ?? []), ...declared].map((member) => {
    const [doc] = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc)
    const type =
      member.type?.getText(source) ??
      (member.initializer && ts.isStringLiteral(member.initializer) ? 'string' : 'unknown')
    return { name: member.name.getText(source), type, doc: textOf(doc) }
  })
}

function textOf(comment) {
  const text = ts.getTextOfJSDocComment(comment?.comment)?.replace(/\s+/g, ' ').trim()
  return text?.replaceAll('docs/settings.md', '[Settings](settings.md)')
}

function firstSentence(text) {
  return /^.*?[.](?= |$)/.exec(text)?.[0] ?? text
}

function isExported(node) {
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false
}
